/** How fast two good clocks may run apart, as a share of the time that passes. */
const DRIFT = 2e-4
/** A leap of the device's clock against its stopwatch that is more than a correction: it slept, or somebody set it. */
const LEAP_MS = 2000

/**
 * The service's time, whatever the device's clock says. Every answer narrows the gap between the service's clock and the
 * device's stopwatch, which nobody can set; until the first answer the device's own clock has to do.
 */
export class ServerClock {
  private low = -Infinity
  private high = Infinity
  private gap: number
  private lead: number
  private heardAt = -Infinity

  /** `stopwatch` only ever runs forward; `wall` is what the device takes for the time. Both in milliseconds. */
  constructor(
    private readonly stopwatch: () => number,
    private readonly wall: () => number,
  ) {
    this.lead = wall() - stopwatch()
    this.gap = this.lead
  }

  /** The service's time in milliseconds since 1970, as well as it is known. */
  now(): number {
    return this.stopwatch() + this.gap
  }

  /** How long ago a service last told the time; infinite before the first. */
  get age(): number {
    return this.stopwatch() - this.heardAt
  }

  /** Between `sent` and `received` (by the stopwatch) it was between `from` and `until` at the service. */
  hear(sent: number, received: number, from: number, until: number): void {
    const drift = Number.isFinite(this.heardAt) ? Math.max(0, received - this.heardAt) * DRIFT : 0
    const [low, high] = [from - received, until - sent]
    this.low = Math.max(this.low - drift, low)
    this.high = Math.min(this.high + drift, high)
    // What was believed cannot be: the service's clock was set, or the stopwatch stood still. The newest word counts.
    if (this.low > this.high) [this.low, this.high] = [low, high]
    this.gap = (this.low + this.high) / 2
    this.heardAt = received
    this.lead = this.wall() - this.stopwatch()
  }

  /**
   * Whether the device slept, or its clock was set, since the service was last heard: then it must be asked again. Until
   * it answers, a leap forward counts as time that passed (some stopwatches stand still while the device sleeps).
   */
  leapt(): boolean {
    const lead = this.wall() - this.stopwatch()
    const leap = lead - this.lead
    if (Math.abs(leap) < LEAP_MS) return false
    this.lead = lead
    if (leap > 0) {
      this.gap += leap
      this.low = -Infinity
      this.high = Infinity
    }
    return true
  }
}
