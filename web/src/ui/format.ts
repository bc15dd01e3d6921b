/** How values are written for people: time and language come as arguments; times are those of the campus unless another zone is given. */
import { zone as campus } from "@/live/campus"
import { partsIn, sameDay } from "./zones"

const DASH = "—"
type Lang = string
const chinese = (lang: Lang): boolean => lang.startsWith("zh")

const pad = (value: number): string => String(value).padStart(2, "0")

/** `14:03:22`. */
export function clockTime(at: Date, zone: string = campus.value): string {
  const { hour, minute, second } = partsIn(at, zone)
  return `${pad(hour)}:${pad(minute)}:${pad(second)}`
}

/** A day with its month, as short as people write it: `11月3日`, `3 Nov`. */
export function dayText(at: Date, lang: Lang, zone: string = campus.value): string {
  const { month, day } = partsIn(at, zone)
  return chinese(lang) ? `${String(month)}月${String(day)}日` : `${String(day)} ${monthText(at, lang, zone)}`
}

/** A month alone: `11月`, `Nov`. */
export function monthText(at: Date, lang: Lang, zone: string = campus.value): string {
  return chinese(lang)
    ? `${String(partsIn(at, zone).month)}月`
    : at.toLocaleDateString("en-GB", { month: "short", timeZone: zone })
}

/** The moment as people say it: today only the time, this year without the year. */
export function moment(iso: string | null | undefined, now: Date, lang: Lang, zone: string = campus.value): string {
  if (!iso) return DASH
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return DASH
  const [then, today] = [partsIn(at, zone), partsIn(now, zone)]
  const time = `${pad(then.hour)}:${pad(then.minute)}`
  if (sameDay(then, today)) return time
  const day = dayText(at, lang, zone)
  if (then.year === today.year) return `${day} ${time}`
  return chinese(lang) ? `${String(then.year)}年${day} ${time}` : `${day} ${String(then.year)} ${time}`
}

/** How far a moment is from now: `3 小时前`, `in 2 hours`. */
export function away(iso: string | null | undefined, now: Date, lang: Lang): string {
  if (!iso) return DASH
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000
  const words = new Intl.RelativeTimeFormat(lang, { numeric: "auto" })
  const size = Math.abs(seconds)
  if (size < 60) return words.format(Math.trunc(seconds / 60), "minute")
  if (size < 3600) return words.format(Math.trunc(seconds / 60), "minute")
  if (size < 86_400) return words.format(Math.trunc(seconds / 3600), "hour")
  return words.format(Math.trunc(seconds / 86_400), "day")
}

/** A length of time with its two words: `["2.4", "小时"]`. */
export function duration(seconds: number, lang: Lang): [string, string] {
  const zh = chinese(lang)
  if (seconds < 60) return [seconds < 10 ? trim(seconds) : String(Math.round(seconds)), zh ? "秒" : "s"]
  if (seconds < 3600) return [trim(seconds / 60), zh ? "分钟" : "min"]
  if (seconds < 172_800) return [trim(seconds / 3600), zh ? "小时" : "h"]
  return [trim(seconds / 86_400), zh ? "天" : "d"]
}

const trim = (value: number): string => (value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10))

/** A figure as number and unit; null (nothing to divide by yet) is a dash. */
export function figureText(value: number | null, unit: string, lang: Lang): [string, string] {
  if (value === null || Number.isNaN(value)) return [DASH, ""]
  switch (unit) {
    case "seconds":
    case "s":
      return duration(value, lang)
    case "minutes":
      return duration(value * 60, lang)
    case "hours":
      return duration(value * 3600, lang)
    case "ratio":
    case "share":
      return [trim(value * 100), "%"]
    case "percent":
    case "%":
      return [trim(value), "%"]
    case "stars":
      return [value.toFixed(2), "/ 5"]
    default:
      return [trim(value), ""]
  }
}

/** A place id in words, from the names known so far: `竹园3号楼 407`, `Bamboo Hall 3, 407`. */
export function placeText(id: string | null | undefined, names: Readonly<Record<string, string>>, lang: Lang): string {
  if (!id) return DASH
  const parts = id.split(".")
  const words = parts.map((part, depth) => {
    const known = names[parts.slice(0, depth + 1).join(".")]
    if (known) return known
    const bare = part.replace(/^[a-z]+-?(?=\d)/, "")
    if (depth === 2) return chinese(lang) ? `${bare}层` : `Floor ${bare}`
    return depth === 3 ? bare : part
  })
  if (words.length === 1) return words[0] ?? id
  const inner = words.slice(1)
  const room = inner.at(-1)
  // A room's own name mostly says the floor already.
  return (parts.length === 4 && room ? [inner[0] ?? "", room] : inner).filter(Boolean).join(chinese(lang) ? " " : ", ")
}

/** A floor alone, as it is written on a wall: `4层`, `F4`. */
export function floorText(id: string, lang: Lang): string {
  const bare = (id.split(".")[2] ?? id).replace(/^[a-z]+-?(?=\d)/, "")
  return chinese(lang) ? `${bare}层` : `F${bare}`
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/

/** Keeps a text that runs from right to left from moving what stands beside it in a sentence; others stay as they are. */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text
}

/** Fills `{name}` in a wording. */
export function fill(wording: string, params: Readonly<Record<string, unknown>>): string {
  return wording.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name]
    return value === undefined || value === null
      ? whole
      : Array.isArray(value)
        ? value.join(", ")
        : String(value as string)
  })
}
