import { ref, shallowRef } from "vue"
import { ServerClock } from "./clock"

const CAMPUS = "/api/members/campus"
const KEPT = "yizhan.zone"
const USUAL = "Asia/Shanghai"
/** After so long without a word from a service the time is asked for, if anybody looks. */
const STALE_MS = 300_000
const LOOK_MS = 1000

const clock = new ServerClock(
  () => performance.now(),
  () => Date.now(),
)

function known(zone: unknown): zone is string {
  try {
    return (
      typeof zone === "string" && new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== ""
    )
  } catch {
    return false
  }
}
const kept = typeof localStorage === "undefined" ? null : localStorage.getItem(KEPT)

/** The campus's time zone, by which every time is shown and entered; the device's own is of no account. */
export const zone = ref(known(kept) ? kept : USUAL)

/** Rises whenever the time was found to be another one than believed; who shows a time looks again. */
export const corrected = shallowRef(0)

/** The service's time, in milliseconds. */
export const serverNow = (): number => clock.now()

function hear(sent: number, from: number, until: number): void {
  const before = clock.now()
  const received = performance.now()
  clock.hear(sent, received, from, until)
  if (Math.abs(clock.now() - before) > 200) corrected.value += 1
}

/** `fetch` that learns from every answer of a service what time it is there. */
export async function timedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const sent = performance.now()
  const response = await globalThis.fetch(input, init)
  const told = Date.parse(response.headers.get("Date") ?? "")
  if (Number.isFinite(told) && !response.headers.has("Age")) hear(sent, told, told + 1000)
  return response
}

let asking: Promise<void> | null = null

async function ask(): Promise<void> {
  const sent = performance.now()
  const response = await globalThis.fetch(CAMPUS, { cache: "no-store", credentials: "omit" })
  if (!response.ok) return
  const { timezone, now } = (await response.json()) as { timezone: unknown; now: unknown }
  const told = typeof now === "string" ? Date.parse(now) : NaN
  if (Number.isFinite(told)) hear(sent, told, told + 1)
  if (!known(timezone)) return
  zone.value = timezone
  localStorage.setItem(KEPT, timezone)
}

/** Asks a service for its time and the campus's zone; without an answer, what was known stays. */
export function learnCampus(): Promise<void> {
  asking ??= ask()
    .catch(() => undefined)
    .finally(() => {
      asking = null
    })
  return asking
}

/** Keeps the time right: asks at once, after a sleep, when somebody sets the clock, when the page is seen or the network is back. */
export function startClock(): void {
  void learnCampus()
  const look = () => {
    if (clock.leapt()) {
      corrected.value += 1
      void learnCampus()
    } else if (document.visibilityState === "visible" && clock.age > STALE_MS) void learnCampus()
  }
  setInterval(look, LOOK_MS)
  document.addEventListener("visibilitychange", look)
  window.addEventListener("pageshow", look)
  window.addEventListener("online", () => {
    void learnCampus()
  })
}
