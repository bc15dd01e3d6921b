import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { clearToasts, showToast, toasts } from "./toast"

const said = () => toasts.map(({ text }) => text)
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.runAllTimers()
  vi.useRealTimers()
})

test("the same thing is said once, and stays longer", () => {
  showToast("saved")
  vi.advanceTimersByTime(3000)
  showToast("saved")
  expect(said()).toEqual(["saved"])
  vi.advanceTimersByTime(3000)
  expect(said()).toEqual(["saved"])
  vi.advanceTimersByTime(1500)
  expect(said()).toEqual([])
})

test("no more than two are shown, the newest ones", () => {
  for (const text of ["one", "two", "three"]) showToast(text)
  expect(said()).toEqual(["two", "three"])
})

test("a page takes its words along only if they are the answer that led away", () => {
  showToast("stays behind", "bad")
  showToast("goes along", "good", 1)
  clearToasts()
  expect(said()).toEqual(["goes along"])
  clearToasts()
  expect(said()).toEqual([])
})
