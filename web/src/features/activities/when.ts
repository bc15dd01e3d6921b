import type { Activity } from "@/api/types"
import { zone as campus } from "@/live/campus"
import { partsIn, sameDay } from "@/ui/zones"

/**
 * Where an activity stands to somebody who looks at it now: its stage; for a published one whether it has begun; for a
 * completed one whether it was ended before its time; and whether a draft can be published no more.
 */
export type Phase = Activity["stage"] | "begun" | "over" | "early" | "lapsed"

type Told = Pick<Activity, "stage" | "starts_at" | "ends_at"> & Partial<Pick<Activity, "ended_at">>

export function phaseOf(activity: Told, now: Date): Phase {
  const { stage, ended_at: ended } = activity
  const [starts, ends] = [new Date(activity.starts_at), new Date(activity.ends_at)]
  if (stage === "planned") return now < ends ? "planned" : "lapsed"
  if (stage === "completed") return ended && new Date(ended) < ends && now < ends ? "early" : "completed"
  if (stage !== "published" || now < starts) return stage
  return now < ends ? "begun" : "over"
}

/** When an activity is by the campus's clock, in a line: `11月28日 周六 19:00–21:00`; over several days both dates are written. */
export function span(startsAt: string, endsAt: string, lang: string, timeZone: string = campus.value): string {
  const from = new Date(startsAt)
  const to = new Date(endsAt)
  const day = new Intl.DateTimeFormat(lang, {
    month: lang.startsWith("zh") ? "long" : "short",
    day: "numeric",
    weekday: "short",
    timeZone,
  })
  const time = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone })
  const end = sameDay(partsIn(from, timeZone), partsIn(to, timeZone))
    ? time.format(to)
    : `${day.format(to)} ${time.format(to)}`
  return `${day.format(from)} ${time.format(from)}–${end}`
}
