/**
 * The quiet period of a server that closes: whether it has answered of late. The host says when it has a
 * response, and not when it has sent it; so the last ones get some time before everything is dropped. To
 * read a clock for each request would cost more than all else that is done here.
 *
 * @module
 */

/** How many milliseconds a response has to get out. */
const LINGER = 100;

/** Looks every so many milliseconds whether there was a response. */
const INTERVAL = LINGER / 2;

/** The time after a server's last response. */
export class QuietPeriod {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasNoted = false;
  #isWaiting = false;

  /** A response is given. */
  note(): void {
    this.#wasNoted = true;
    if (this.#timer === undefined) this.#timer = setTimeout(this.#look, INTERVAL);
  }

  /** Calls back when the last response has had its time: at once, if there was none of late. */
  await(callback: () => void): void {
    if (this.#timer === undefined) return callback();
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isWaiting = false;
      callback();
    }, LINGER);
  }

  /** Calls nobody back any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look = () => {
    this.#timer = undefined;
    if (!this.#wasNoted) return;
    this.#wasNoted = false;
    this.#timer = setTimeout(this.#look, INTERVAL);
  };
}
