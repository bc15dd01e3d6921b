import type { TimelineEntry } from "@/api/types"

interface Words {
  t: (key: string) => string
  te: (key: string) => boolean
  names: { person: (id: string | null | undefined) => string; categoryName: (id: string) => string }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "")
const PERSON = /^[0-9a-z]{26}$/i

/** The key of a line's wording: the code, and for a closing also how it ended. */
function keyOf(entry: TimelineEntry): string {
  const outcome = text(entry.params["outcome"])
  return `timeline.${entry.code.replaceAll(".", "_")}${outcome ? `_${outcome}` : ""}`
}

/** One line of a timeline in words: what happened, and what there is to say about it (who, why). */
export function timelineLine(entry: TimelineEntry, { t, te, names }: Words): { what: string; more: string } {
  const key = keyOf(entry)
  const { params } = entry
  const actor = entry.actor && PERSON.test(entry.actor) ? entry.actor : null
  const who = names.person(text(params["helper"]) || actor)
  const category = text(params["category"])
  const said = ["reason", "alternative", "status", "note", "comment", "remote_id"].map((name) => text(params[name]))
  return {
    what: te(key) ? t(key) : entry.code,
    more: [who, category ? names.categoryName(category) : "", ...said].filter(Boolean).join(" · "),
  }
}

/** Newest first; lines of the same moment in the reverse of the order in which they were written. */
export function newestFirst(entries: readonly TimelineEntry[]): TimelineEntry[] {
  return [...entries].reverse().sort((a, b) => b.at.localeCompare(a.at))
}
