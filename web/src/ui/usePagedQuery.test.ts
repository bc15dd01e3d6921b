// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest"
import { effectScope, nextTick, type EffectScope } from "vue"
import { Problem } from "@/api/problem"
import { usePagedQuery } from "./usePagedQuery"

const complained: unknown[] = []
vi.mock("./useProblem", () => ({ useProblem: () => ({ toastProblem: (thrown: unknown) => complained.push(thrown) }) }))

let scope: EffectScope
let asked: (string | undefined)[] = []
let answers: (() => Promise<{ items: number[]; next_cursor: string | null }>)[] = []
const page =
  (next_cursor: string | null, ...items: number[]) =>
  () =>
    Promise.resolve({ items, next_cursor })
const open = (every?: number) =>
  scope.run(() =>
    usePagedQuery(({ cursor }) => {
      asked.push(cursor)
      return (answers.shift() ?? page(null))()
    }, every),
  ) as ReturnType<typeof usePagedQuery<{ items: number[]; next_cursor: string | null }>>

beforeEach(() => {
  scope = effectScope()
  complained.length = 0
  asked = []
  answers = []
  return () => {
    scope.stop()
  }
})

test("pages follow each other until there is no more", async () => {
  answers = [page("a", 1, 2), page(null, 3)]
  const { rows, more, next } = open()
  await vi.waitFor(() => {
    expect([rows.value, more.value]).toEqual([[1, 2], true])
  })
  await next()
  expect([rows.value, more.value, asked]).toEqual([[1, 2, 3], false, [undefined, "a"]])
  await next()
  expect(asked).toHaveLength(2)
})

test("a page that was asked for twice is shown once", async () => {
  answers = [page("a", 1), page("b", 2), page("b", 2)]
  const { rows, more, next } = open()
  await vi.waitFor(() => {
    expect(more.value).toBe(true)
  })
  await Promise.all([next(), next()])
  expect(rows.value).toEqual([1, 2])
})

test("a next page of what is not shown any more is dropped", async () => {
  let late: (page: { items: number[]; next_cursor: null }) => void = () => undefined
  answers = [page("a", 1), () => new Promise((answer) => (late = answer)), page("x", 7)]
  const { rows, more, next, refetch } = open()
  await vi.waitFor(() => {
    expect(more.value).toBe(true)
  })
  const going = next()
  await refetch()
  late({ items: [2], next_cursor: null })
  await going
  await nextTick()
  expect([rows.value, more.value]).toEqual([[7], true])
})

test("a page that fails is told, and can be asked for again", async () => {
  answers = [page("a", 1), () => Promise.reject(new Problem(503, "http.unavailable")), page(null, 2)]
  const { rows, more, next } = open()
  await vi.waitFor(() => {
    expect(more.value).toBe(true)
  })
  await next()
  expect([rows.value, complained.length]).toEqual([[1], 1])
  await next()
  expect(rows.value).toEqual([1, 2])
})

test("a list in view is loaded again, unless somebody has gone on to more", async () => {
  vi.useFakeTimers()
  try {
    answers = [page("a", 1), page("a", 0, 1), page(null, 2)]
    const { rows, next } = open(15)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(rows.value).toEqual([0, 1])
    await next()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([rows.value, asked]).toEqual([
      [0, 1, 2],
      [undefined, undefined, "a"],
    ])
  } finally {
    vi.useRealTimers()
  }
})
