/**
 * What V8 has beyond the language. The sources ask whether it is there before they use it.
 *
 * @module
 */

interface ErrorConstructor {
  stackTraceLimit: number;
  captureStackTrace(target: object): void;
}
