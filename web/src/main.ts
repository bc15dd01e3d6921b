import { createApp, watch } from "vue"
import "@fontsource/barlow/latin-400.css"
import "@fontsource/barlow/latin-600.css"
import "@fontsource/barlow-condensed/latin-500.css"
import "@fontsource/barlow-condensed/latin-600.css"
import "@/app/theme.css"
import App from "@/app/App.vue"
import { i18n, locale, setLocale } from "@/app/i18n"
import { startOffline } from "@/app/offline"
import { nameDocument, router } from "@/app/router"
import { startClock } from "@/live/campus"

setLocale(locale())
const app = createApp(App).use(i18n).use(router)
watch(i18n.global.locale, nameDocument)
startClock()
app.mount("#app")
startOffline()
