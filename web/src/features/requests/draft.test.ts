// @vitest-environment jsdom
import { nextTick } from "vue"
import { beforeEach, expect, test } from "vitest"
import { formOf, hangsOnWall, useDraft } from "./draft"

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

const draft = { key: "k", category: "wish.moving", title: " a shelf ", text: "", place: "east.b3.f4.r407", urgent: false, wall: true }
const plain = { category: "wish.moving", title: "a shelf", text: "", place: "east.b3.f4.r407" }

test("what is filed says where the person came from, and only then", () => {
  expect(formOf(draft, "room_qr", true)).toEqual({ ...plain, channel: "room_qr" })
  expect(formOf(draft, "wall", true)).toEqual({ ...plain, channel: "wall" })
  expect(formOf({ ...draft, place: null, urgent: true }, null, true)).toEqual({ category: "wish.moving", title: "a shelf", text: "", urgent: true })
})

test("what shall not hang on the wall is private, and nothing is said where no wall is", () => {
  expect(formOf({ ...draft, wall: false }, null, true)).toEqual({ ...plain, visibility: "private" })
  expect(formOf({ ...draft, wall: false }, null, false)).toEqual(plain)
})

test("wishes and studies that are not private by themselves hang on the wall", () => {
  expect(hangsOnWall({ kind: "wish", visibility: "public" })).toBe(true)
  expect(hangsOnWall({ kind: "study", visibility: "masked" })).toBe(true)
  expect(hangsOnWall({ kind: "wish", visibility: "private" })).toBe(false)
  expect(hangsOnWall({ kind: "repair", visibility: "public" })).toBe(false)
  expect(hangsOnWall(null)).toBe(false)
})
