// @vitest-environment jsdom
import { nextTick } from "vue"
import { beforeEach, expect, test } from "vitest"
import { useDraft } from "./draft"

beforeEach(() => { localStorage.clear() })

test("a form keeps its key when the page is opened again", async () => {
  const first = useDraft("ann", "east.b3.f4.r407")
  first.draft.title = "leaking tap"
  await nextTick()
  const again = useDraft("ann", null)
  expect(again.draft.key).toBe(first.draft.key)
  expect(again.draft.title).toBe("leaking tap")
})

test("after it was filed, the next form has another key and is empty", () => {
  const { draft, done } = useDraft("ann", "east.b3.f4.r407")
  const { key } = draft
  draft.title = "leaking tap"
  done()
  const next = useDraft("ann", null).draft
  expect(next.key).not.toBe(key)
  expect(next.title).toBe("")
})

test("two people on one phone do not see each other's form", () => {
  useDraft("ann", null).draft.title = "private"
  expect(useDraft("bob", null).draft.title).toBe("")
})
