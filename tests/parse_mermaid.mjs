// Parse Mermaid diagrams with Mermaid itself: one JSON string a line in, one line of what was understood out.
// Usage: node parse_mermaid.mjs FOLDER_OF_NODE_MODULES
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const modules = pathToFileURL(process.argv[2] + "/").href;
const { JSDOM } = (await import(modules + "jsdom/lib/api.js")).default;
globalThis.window = new JSDOM("").window;
globalThis.document = window.document;
const mermaid = (await import(modules + "mermaid/dist/mermaid.core.mjs")).default;
await mermaid.parse("stateDiagram-v2\n  a --> b");

const read = (text) => [text].flat().join("").replaceAll("ﬂ°°", "&#").replaceAll("ﬂ°", "&").replaceAll("¶ß", ";");

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(JSON.parse(line));
    const labels = {};
    const walk = (doc) => {
      for (const item of doc ?? []) {
        if (item.stmt === "state" && item.description) labels[item.id] = read(item.description);
        walk(item.doc);
      }
    };
    walk([db.rootDoc].flat());
    const states = [...db.getStates()].map(([id, state]) => ({ id, phase: Boolean(state.doc), classes: state.classes }));
    const arrows = db.getRelations().map((arrow) => [arrow.id1, arrow.id2, read(arrow.relationTitle ?? "")]);
    answer = { states, labels, arrows };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}
