/**
 * The error for answers that are none.
 *
 * @module
 */
import { named } from "../errors.ts";
import type { HostResponse, ResponseLike } from "./host_types.ts";

/**
 * Thrown by {@linkcode FetchOperation.text}, {@linkcode FetchOperation.json} and
 * {@linkcode FetchOperation.bytes} for a status outside 200 to 299. The body of the response is unread:
 * read it, or do without it by `error.response.body?.cancel()`, which frees the connection. aiohttp has
 * `ClientResponseError` for `raise_for_status`.
 *
 * @example
 * ```ts
 * try {
 *   console.log(yield* fetch("https://example.com/user/7").json());
 * } catch (error) {
 *   if (!(error instanceof HttpError) || error.status !== 404) throw error;
 *   console.log("no such user:", yield* until(error.response.text()));
 * }
 * ```
 */
export class HttpError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "HttpError");
  /** The status, such as 404. */
  readonly status: number;
  /** The whole response, with its body unread. */
  readonly response: HostResponse;

  /**
   * Makes an error of a response.
   *
   * @param response The response.
   * @param options The `cause`, where there is one.
   */
  constructor(response: HostResponse, options?: ErrorOptions) {
    const { status, statusText, url } = response as ResponseLike;
    super(
      `${url || "The server"} answered ${status}${statusText === "" ? "" : ` ${statusText}`}`,
      options,
    );
    this.status = status;
    this.response = response;
  }
}
