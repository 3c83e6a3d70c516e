/**
 * What a program waits for of a connection: that there is room to write, and that it is gone.
 *
 * @module
 */
import type { WaitQueuePolicy } from "../sync/wait_queue.ts";
import type { Connection } from "./connection.ts";

/** How tasks wait until there are few bytes to send. */
export class DrainPolicy implements WaitQueuePolicy<void> {
  private readonly _connection: Connection;

  constructor(connection: Connection) {
    this._connection = connection;
  }

  tryAcquire(): boolean {
    this._connection._checkUnbroken();
    return !this._connection._isFull();
  }

  onWoken(): boolean {
    this._connection._checkUnbroken();
    // There was room; if others have filled it meanwhile, they wait, not this one once more.
    return true;
  }

  onAbandoned(): void {}

  label(): string {
    return `${this._connection.what} to take what was written`;
  }
}

/** How tasks wait until a connection is gone. */
export class ClosePolicy implements WaitQueuePolicy<void> {
  private readonly _connection: Connection;

  constructor(connection: Connection) {
    this._connection = connection;
  }

  tryAcquire(): boolean {
    return this._connection._isGone();
  }

  onWoken(): boolean {
    return this._connection._isGone();
  }

  onAbandoned(): void {}

  label(): string {
    return `${this._connection.what} to be closed`;
  }
}
