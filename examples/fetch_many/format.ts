/**
 * Numbers, times and bars as a person likes to read them.
 *
 * @module
 */

/** A whole number with its thousands apart: `12,345`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A share in percent: `99.4 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A time from milliseconds to hours: `63 ms`, `1.21 s`, `4 min 51 s`, `1 h 20 min`. */
export function time(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (seconds < 59.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An amount of data: `7.9 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A bar of `share` times `width` characters, drawn to an eighth; never empty unless it is zero. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(share, 1) * width * 8);
  const drawn = share > 0 ? Math.max(eighths, 1) : 0;
  const rest = drawn % 8;
  return "█".repeat(Math.floor(drawn / 8)) + (rest === 0 ? "" : " ▏▎▍▌▋▊▉"[rest]);
}
