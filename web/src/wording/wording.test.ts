import { expect, test } from "vitest"
import { LEG_LOOKS, STAGE_LOOKS } from "@/ui/looks"
import en from "./en.json"
import zh from "./zh-CN.json"

function keys(node: object, path = ""): string[] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === "object" ? keys(value as object, `${path}${key}/`) : [`${path}${key}`],
  )
}
function holes(node: object): string[] {
  return Object.values(node).flatMap((value) =>
    typeof value === "object"
      ? holes(value as object)
      : [...String(value).matchAll(/\{(\w+)\}/g)]
          .map((found) => found[1] ?? "")
          .sort()
          .join(),
  )
}

test("both languages say the same things", () => {
  expect(keys(en)).toEqual(keys(zh))
})

test("both languages fill in the same values", () => {
  expect(holes(en)).toEqual(holes(zh))
})

test("nothing is left unsaid", () => {
  for (const language of [zh, en]) expect(JSON.stringify(language)).not.toContain('""')
})

test("every stage and leg state has its word", () => {
  for (const stage of Object.keys(STAGE_LOOKS)) expect(Object.keys(zh.stage)).toContain(stage)
  for (const state of Object.keys(LEG_LOOKS)) expect(Object.keys(zh.leg)).toContain(state)
})
