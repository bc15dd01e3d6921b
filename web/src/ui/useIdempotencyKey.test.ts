import { expect, test } from "vitest"
import { Problem } from "@/api/problem"
import { useIdempotencyKey } from "./useIdempotencyKey"

test("a form keeps its key whatever happens, but for one that was used for other words", () => {
  const { key, refused } = useIdempotencyKey()
  const first = key()
  for (const [status, code] of [
    [0, "web.offline"],
    [503, "http.unavailable"],
    [422, "http.invalid"],
  ] as const)
    refused(new Problem(status, code))
  expect(key()).toBe(first)
  refused(new Problem(409, "http.idempotency_key_reused"))
  expect(key()).not.toBe(first)
})
