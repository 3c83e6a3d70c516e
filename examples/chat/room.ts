/**
 * Rooms, and who is in them. Nothing here waits, or knows how messages travel.
 *
 * @module
 */

import { Queue, QueueFull } from "../../mod.ts";

/** How many messages may wait for one member. */
const PATIENCE = 100;

/** Somebody in a room. */
export class Member {
  readonly name: string;
  /** What is still to be sent. */
  readonly outbox = new Queue<string>(PATIENCE);
  readonly #onOverflow: () => void;

  constructor(name: string, onOverflow: () => void) {
    this.name = name;
    this.#onOverflow = onOverflow;
  }

  /** Who doesn't take what is said is not waited for, and must go. */
  hear(text: string): void {
    try {
      this.outbox.putNowait(text);
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      this.#onOverflow();
    }
  }
}

/** Everybody in it hears what one says. */
export class Room {
  readonly #members = new Set<Member>();

  get size(): number {
    return this.#members.size;
  }

  join(member: Member): void {
    this.#members.add(member);
    this.say(`${member.name} has come, and makes it ${this.size}`);
  }

  leave(member: Member): void {
    if (this.#members.delete(member)) this.say(`${member.name} has left`);
  }

  say(text: string): void {
    for (const member of this.#members) member.hear(text);
  }
}
