/** How far a live page may be believed. */
export type Freshness = "waiting" | "live" | "stale"

/** The server sends at least a heartbeat every 15 s; two missed ones and the line counts as broken. */
export const SILENCE_MS = 35_000

/** Judges the last sign of life: never one → waiting; a broken line, or a silence too long → stale. */
export function judge(lastSign: number | null, connected: boolean, now: number): Freshness {
  if (lastSign === null) return "waiting"
  return connected && now - lastSign <= SILENCE_MS ? "live" : "stale"
}

/** How long to wait before the n-th attempt (0, 1, …): doubling from half a second to 15 s, with a jitter of 0..1. */
export function waitBefore(attempt: number, jitter: number): number {
  const full = Math.min(15_000, 500 * 2 ** attempt)
  return Math.round(full / 2 + (full / 2) * jitter)
}
