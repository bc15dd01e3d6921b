import { createI18n } from "vue-i18n"
import en from "@/wording/en.json"
import zh from "@/wording/zh-CN.json"

export type Locale = "zh-CN" | "en"
const KEPT = "yizhan.locale"

export const i18n = createI18n({
  legacy: false,
  locale: localStorage.getItem(KEPT) === "en" ? "en" : "zh-CN",
  fallbackLocale: "zh-CN",
  messages: { "zh-CN": zh, en },
})

export function locale(): Locale {
  return i18n.global.locale.value as Locale
}

export function setLocale(to: Locale): void {
  i18n.global.locale.value = to
  localStorage.setItem(KEPT, to)
  document.documentElement.lang = to
}
