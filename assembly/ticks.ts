/**
 * Times, outside and inside.
 *
 * Outside, a tick is a double between -NEVER and NEVER. Inside, a deadline is how far its tick lies
 * above -NEVER, as an unsigned integer of 64 bits: the heap goes by digits, and digits know no
 * sign.
 */

/** 2⁶² microseconds, the tick that never comes. */
export const NEVER: f64 = 4611686018427387904;

/** The deadline of tick 0. */
const ORIGIN: i64 = 1 << 62;

/** The deadline of `NEVER`, after which there is no other. */
export const LAST: u64 = 1 << 63;

@inline
export function clamp(tick: f64): f64 {
  return tick > NEVER ? NEVER : tick < -NEVER ? -NEVER : tick;
}

@inline
export function deadlineAt(tick: f64): u64 {
  return <u64> (<i64> tick + ORIGIN);
}

@inline
export function tickOf(deadline: u64): f64 {
  return <f64> (<i64> deadline - ORIGIN);
}
