import { expect, test } from "vitest"
import { asProblem, Problem, readProblem } from "@/api/problem"
import { fieldText, problemText } from "./useProblem"

test("a known code is told in the reader's language, with its values", () => {
  expect(problemText(new Problem(409, "import.required", "x", { column: "room" }), "en")).toBe("“room” is required")
  expect(problemText(new Problem(409, "import.required", "x", { column: "room" }), "zh-CN")).toContain("room")
})

test("an unknown code falls back to what the service said", () => {
  expect(problemText(new Problem(409, "thing.unheard_of", "The thing is odd"), "zh-CN")).toBe("The thing is odd")
})

test("an unknown code without words still shows its code", () => {
  expect(problemText(new Problem(500, "thing.unheard_of"), "en")).toContain("thing.unheard_of")
})

test("a refusal of a field is told in the reader's language, with its values, and at its field", () => {
  const errors = [{ path: "body.title", code: "words.direction", message: "it turns", params: { character: "U+202E" } }]
  const problem = new Problem(422, "http.body_invalid", "", {}, errors)
  expect(problemText(problem, "zh-CN")).toContain("U+202E")
  expect(fieldText(problem, "title", "en")).toContain("U+202E")
  expect(fieldText(problem, "text", "en")).toBeNull()
  expect(fieldText(null, "title", "en")).toBeNull()
})

test("a field without words of ours keeps those of the service, and the form its own", () => {
  const errors = [{ path: "body.skills.0", code: "odd", message: "It is odd" }]
  const problem = new Problem(422, "http.body_invalid", "", {}, errors)
  expect(fieldText(problem, "skills", "zh-CN")).toBe("It is odd")
  expect(problemText(problem, "en")).toBe("Something is filled in wrongly. Please check")
})

test("an answer that is no problem document becomes a problem of its status", () => {
  expect(readProblem(502, "<html>")).toMatchObject({ status: 502, code: "http.status_502" })
})

test("no network and a busy service pass, a refusal does not", () => {
  expect([0, 429, 503].map((status) => new Problem(status, "x").passing)).toEqual([true, true, true])
  expect([401, 409, 422].map((status) => new Problem(status, "x").passing)).toEqual([false, false, false])
  expect(asProblem(new TypeError("Failed to fetch")).passing).toBe(true)
})
