import type { Activity } from "@/api/types"
import { zone as campus } from "@/live/campus"
import { partsIn, sameDay } from "@/ui/zones"

/** Where an activity stands to somebody who looks at it now: its stage, and for a published one whether it has begun. */
export type Phase = Activity["stage"] | "begun" | "over"

export function phaseOf(activity: Pick<Activity, "stage" | "starts_at" | "ends_at">, now: Date): Phase {
  if (activity.stage !== "published" || now < new Date(activity.starts_at)) return activity.stage
  return now < new Date(activity.ends_at) ? "begun" : "over"
}

/** When an activity is by the campus's clock, in a line: `11月28日 周六 19:00–21:00`; over several days both dates are written. */
export function span(startsAt: string, endsAt: string, lang: string, timeZone: string = campus.value): string {
  const from = new Date(startsAt)
  const to = new Date(endsAt)
  const day = new Intl.DateTimeFormat(lang, { month: lang.startsWith("zh") ? "long" : "short", day: "numeric", weekday: "short", timeZone })
  const time = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone })
  const end = sameDay(partsIn(from, timeZone), partsIn(to, timeZone)) ? time.format(to) : `${day.format(to)} ${time.format(to)}`
  return `${day.format(from)} ${time.format(from)}–${end}`
}
