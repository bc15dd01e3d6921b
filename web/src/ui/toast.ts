import { reactive } from "vue"

export interface Toast {
  id: number
  text: string
  tone: "good" | "bad"
  /** How many changes of the page it outlives: one that is the answer of what led there, none otherwise. */
  hops: number
}

const MOST = 2
export const toasts = reactive<Toast[]>([])
const ends = new Map<number, ReturnType<typeof setTimeout>>()
let last = 0

function drop(id: number): void {
  clearTimeout(ends.get(id))
  ends.delete(id)
  const at = toasts.findIndex((toast) => toast.id === id)
  if (at >= 0) toasts.splice(at, 1)
}

/** Says something for a few seconds, to eyes and to screen readers; the same thing twice is said once, for longer. */
export function showToast(text: string, tone: Toast["tone"] = "good", hops = 0): void {
  const same = toasts.find((toast) => toast.text === text && toast.tone === tone)
  if (same) clearTimeout(ends.get(same.id))
  else last += 1
  const id = same?.id ?? last
  if (same) same.hops = Math.max(same.hops, hops)
  else toasts.push({ id, text, tone, hops })
  const [oldest] = toasts
  if (toasts.length > MOST && oldest) drop(oldest.id)
  ends.set(
    id,
    setTimeout(
      () => {
        drop(id)
      },
      tone === "bad" ? 7000 : 4000,
    ),
  )
}

/** Another page is open: what was said on the one before is taken down, but for the answer that led here. */
export function clearToasts(): void {
  for (const toast of [...toasts]) {
    if (toast.hops > 0) toast.hops -= 1
    else drop(toast.id)
  }
}
