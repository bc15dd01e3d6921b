import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { hushToasts, say, toasts } from "./toast"

const said = () => toasts.map(({ text }) => text)
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.runAllTimers()
  vi.useRealTimers()
})

test("the same thing is said once, and stays longer", () => {
  say("saved")
  vi.advanceTimersByTime(3000)
  say("saved")
  expect(said()).toEqual(["saved"])
  vi.advanceTimersByTime(3000)
  expect(said()).toEqual(["saved"])
  vi.advanceTimersByTime(1500)
  expect(said()).toEqual([])
})

test("no more than two are shown, the newest ones", () => {
  for (const text of ["one", "two", "three"]) say(text)
  expect(said()).toEqual(["two", "three"])
})

test("a page takes its words along only if they are the answer that led away", () => {
  say("stays behind", "bad")
  say("goes along", "good", 1)
  hushToasts()
  expect(said()).toEqual(["goes along"])
  hushToasts()
  expect(said()).toEqual([])
})
