/** Clock times of a zone, whatever the zone of the device. Pure: zones are named (IANA), moments are given. */

export interface Parts {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const readers = new Map<string, Intl.DateTimeFormat>()

function reader(zone: string): Intl.DateTimeFormat {
  let found = readers.get(zone)
  if (!found) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    })
    readers.set(zone, found)
  }
  return found
}

/** What calendar and clock show in a zone. */
export function partsIn(at: Date, zone: string): Parts {
  const read = Object.fromEntries(
    reader(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = read
  return { year, month, day, hour, minute, second }
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
export function aheadOfUtc(at: Date, zone: string): number {
  const { year, month, day, hour, minute, second } = partsIn(at, zone)
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at.getTime() / 1000) * 1000
}

export const sameDay = (a: Parts, b: Parts): boolean => a.year === b.year && a.month === b.month && a.day === b.day

const pad = (value: number): string => String(value).padStart(2, "0")

/** `2027-02-01 19:00`, as times are entered. */
export function writtenIn(at: Date, zone: string): string {
  const { year, month, day, hour, minute } = partsIn(at, zone)
  return `${String(year).padStart(4, "0")}-${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}`
}

const WRITTEN =
  /^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*(?:日|号)?(?:\s*[T,，]\s*|\s+|(?<=[日号]))(\d{1,2})\s*[:：点时]\s*(\d{1,2})\s*分?\s*$/i

/** What somebody wrote as a date and a time, or null: `2027-02-01 19:00`, `2027/2/1 19:00`, `2027年2月1日 19点00`. */
export function readWritten(text: string): Parts | null {
  const [, year, month, day, hour, minute] = (WRITTEN.exec(text.normalize("NFKC")) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined)
    return null
  if (hour > 23 || minute > 59) return null
  const date = new Date(Date.UTC(year, month - 1, day))
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month <= 12
  return exists ? { year, month, day, hour, minute, second: 0 } : null
}

const DAY_MS = 86_400_000

/**
 * The moment at which a zone's clock shows this. Null when it never does (the hour that is skipped in spring); the
 * earlier one when it does twice (the hour that is repeated in autumn).
 */
export function momentIn(parts: Parts, zone: string): Date | null {
  const { year, month, day, hour, minute, second } = parts
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second)
  const offsets = [-DAY_MS, DAY_MS].map((away) => aheadOfUtc(new Date(asUtc + away), zone))
  const moments = offsets.map((ahead) => asUtc - ahead).filter((at) => at + aheadOfUtc(new Date(at), zone) === asUtc)
  return moments.length > 0 ? new Date(Math.min(...moments)) : null
}

/** Whether two zones show the same clock at a moment. */
export const agree = (at: Date, zone: string, other: string): boolean => aheadOfUtc(at, zone) === aheadOfUtc(at, other)

/** A zone's name as people say it: `中国标准时间`, `Central European Time`. */
export function zoneName(zone: string, lang: string, at: Date): string {
  const parts = new Intl.DateTimeFormat(lang, { timeZone: zone, timeZoneName: "longGeneric" }).formatToParts(at)
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone
}
