// The dashboard without Jupyter: `npm run dev`, then /js/dev/?golden=<file in tests/golden>.
import { mountStatic } from "/interpret_widget/widget/static/index.js";

const input = document.getElementById("golden");
const app = document.getElementById("app");
const name = new URLSearchParams(location.search).get("golden");
input.value = name ?? "";
input.addEventListener("change", () => {
  location.search = `?golden=${encodeURIComponent(input.value)}`;
});

if (name) {
  const response = await fetch(`/tests/golden/${encodeURIComponent(name)}`);
  if (response.ok) await mountStatic(await response.json(), app);
  else app.textContent = `There is no golden ${name}.`;
}
