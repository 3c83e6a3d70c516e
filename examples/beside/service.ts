/**
 * What the programs ask: a service that is slow now and then, fails now and then, and knows what is
 * going on.
 *
 * @module
 */

/** Prices of things. The first attempts at some of them fail, and one of them is not answered. */
export class Service {
  /** How many requests are open, and how many were at a time. */
  open = 0;
  mostOpen = 0;
  /** All requests, in order. */
  readonly requests: string[] = [];

  /** Asks for a price. The request is open until it is answered, or until the signal aborts. */
  price(name: string, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    this.requests.push(name);
    const attempt = this.requests.filter((each) => each === name).length;
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    return new Promise<number>((resolve, reject) => {
      const isSilent = name.startsWith("silent") && attempt === 1;
      const timer = isSilent ? undefined : setTimeout(() => {
        if (name.startsWith("broken") || name.startsWith("busy") && attempt < 3) {
          reject(new Error(`No price for ${name}`));
        } else resolve(name.length);
      }, 5);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    }).finally(() => this.open--);
  }
}

/** What each program exports: it asks for all prices until it has them, or until the signal aborts. */
export type Prices = (
  names: string[],
  service: Service,
  signal: AbortSignal,
) => Promise<number[]>;
