import { reactive } from "vue"

export interface Toast {
  id: number
  text: string
  tone: "good" | "bad"
}

export const toasts = reactive<Toast[]>([])
let last = 0

/** Says something for a few seconds, to eyes and to screen readers. */
export function say(text: string, tone: Toast["tone"] = "good"): void {
  last += 1
  const id = last
  toasts.push({ id, text, tone })
  if (toasts.length > 3) toasts.shift()
  setTimeout(() => {
    const at = toasts.findIndex((toast) => toast.id === id)
    if (at >= 0) toasts.splice(at, 1)
  }, tone === "bad" ? 7000 : 4000)
}
