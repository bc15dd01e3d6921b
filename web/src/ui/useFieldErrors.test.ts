// @vitest-environment jsdom
import { createApp, nextTick } from "vue"
import { createI18n } from "vue-i18n"
import { expect, test, vi } from "vitest"
import { limits } from "@/api/generated/limits"
import { readProblem } from "@/api/problem"
import { useFieldErrors } from "./useFieldErrors"

const FIELDS = ["title", "place", "capacity", "points"] as const

function errorsIn(locale: string) {
  document.body.innerHTML =
    '<div id="page"></div><div id="field-place"><input></div><div id="field-points"><input></div>'
  const found: ReturnType<typeof useFieldErrors<(typeof FIELDS)[number]>>[] = []
  const app = createApp({
    setup() {
      found.push(useFieldErrors(FIELDS))
      return () => null
    },
  })
  app.use(createI18n({ legacy: false, locale, messages: {} })).mount("#page")
  const [made] = found
  if (!made) throw new Error("the page did not open")
  return made
}

test("each fault of a refusal stands at its field, in the reader's language, and the page goes to the first", async () => {
  Element.prototype.scrollIntoView = vi.fn()
  const { errors, showErrors } = errorsIn("en")
  const refused = readProblem(422, {
    code: "http.body_invalid",
    errors: [
      { path: "body.points", code: "less_than_equal", message: "x", params: { le: 20 } },
      { path: "body.place", code: "activity.unknown_place", message: "x", params: {} },
    ],
  })
  expect(showErrors(refused)).toBe(true)
  expect(errors.value).toEqual({ points: "No more than 20", place: expect.stringContaining("place") })
  await nextTick()
  await nextTick()
  expect(document.activeElement).toBe(document.querySelector("#field-place input"))
})

test("a refusal that is about no field of the form is told otherwise", () => {
  const { errors, showErrors } = errorsIn("en")
  expect(showErrors(readProblem(403, { code: "auth.forbidden" }))).toBe(false)
  expect(
    showErrors(
      readProblem(422, {
        code: "http.body_invalid",
        errors: [{ path: "body.colour", code: "extra_forbidden", message: "x" }],
      }),
    ),
  ).toBe(false)
  expect(errors.value).toEqual({})
})

test("when a place is taken is told by the campus's clock", () => {
  const { errors, showErrors } = errorsIn("zh-CN")
  showErrors(
    readProblem(409, {
      code: "activity.place_taken",
      errors: [
        {
          path: "body.place",
          code: "activity.place_taken",
          message: "x",
          params: { starts_at: "2027-01-31T16:00:00.000Z", ends_at: "2027-01-31T18:30:00.000Z" },
        },
      ],
    }),
  )
  expect(errors.value.place).toContain("2027年2月1日 00:00 至 2027年2月1日 02:30")
})

test("the form's limits are those of the service", () => {
  const { errors, checkNumber } = errorsIn("zh-CN")
  const { capacity, points } = limits.activities.PlanBody
  checkNumber("capacity", capacity.max, capacity)
  checkNumber("points", points.min, points)
  expect(errors.value).toEqual({})
  checkNumber("capacity", capacity.max + 1, capacity)
  checkNumber("points", points.max + 1, points)
  checkNumber("title", undefined, {})
  expect(Object.keys(errors.value)).toEqual(["capacity", "points", "title"])
  checkNumber("capacity", capacity.min - 1, capacity)
  expect(errors.value.capacity).toContain("1")
})
