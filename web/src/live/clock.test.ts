import { expect, test } from "vitest"
import { ServerClock } from "./clock"

const NOON = Date.UTC(2026, 10, 22, 12)

/** A device whose stopwatch and clock a test moves; the clock is wrong by `error`. */
function device(error: number) {
  const at = { stopwatch: 1000, error }
  const started = NOON - at.stopwatch
  const clock = new ServerClock(
    () => at.stopwatch,
    () => started + at.stopwatch + at.error,
  )
  return { at, clock, truth: () => started + at.stopwatch, error: () => clock.now() - (started + at.stopwatch) }
}

/** An answer that took `ms` on its way and tells the time in whole seconds, as HTTP does. */
function answer({ at, clock, truth }: ReturnType<typeof device>, ms = 40): void {
  const sent = at.stopwatch
  at.stopwatch += ms / 2
  const told = Math.floor(truth() / 1000) * 1000
  at.stopwatch += ms / 2
  clock.hear(sent, at.stopwatch, told, told + 1000)
}

test.each([-600_000, 0, 600_000, 86_400_000])("a device that is wrong by %d ms goes by the service's time", (error) => {
  const phone = device(error)
  expect(phone.error()).toBe(error)
  answer(phone)
  expect(Math.abs(phone.error())).toBeLessThan(600)
})

test("many answers narrow it down far below the second that HTTP tells", () => {
  const phone = device(600_000)
  for (let n = 0; n < 60; n += 1) {
    phone.at.stopwatch += 1777
    answer(phone)
  }
  expect(Math.abs(phone.error())).toBeLessThan(60)
})

test("the device's clock set forward or back in between changes nothing for long", () => {
  const phone = device(0)
  answer(phone)
  phone.at.error = -3_600_000
  expect(phone.clock.leapt()).toBe(true)
  expect(Math.abs(phone.error())).toBeLessThan(600)
  expect(phone.clock.leapt()).toBe(false)
  phone.at.error = 3_600_000
  expect(phone.clock.leapt()).toBe(true)
  answer(phone)
  expect(Math.abs(phone.error())).toBeLessThan(600)
})

test("after a sleep that the stopwatch did not count, the time that passed is believed until the service answers", () => {
  const phone = device(0)
  answer(phone)
  phone.at.error = 1_800_000
  expect(phone.clock.leapt()).toBe(true)
  expect(Math.abs(phone.error() - 1_800_000)).toBeLessThan(600)
  answer(phone)
  expect(Math.abs(phone.error())).toBeLessThan(600)
})

test("small corrections of the device's clock are no leap", () => {
  const phone = device(0)
  answer(phone)
  phone.at.error = 900
  expect(phone.clock.leapt()).toBe(false)
})

test("a service whose clock was set is believed at once", () => {
  const phone = device(0)
  answer(phone)
  phone.clock.hear(phone.at.stopwatch, phone.at.stopwatch + 20, NOON + 7_200_000, NOON + 7_200_001)
  phone.at.stopwatch += 20
  expect(Math.abs(phone.clock.now() - NOON - 7_200_000)).toBeLessThan(600)
})

test("it is known how old the last word is", () => {
  const phone = device(0)
  expect(phone.clock.age).toBe(Infinity)
  answer(phone)
  phone.at.stopwatch += 5000
  expect(phone.clock.age).toBe(5000)
})
