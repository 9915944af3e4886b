import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
import "./style/base.css";
import "./queue/queue.css";
import "./hold/hold.css";
import "./hold/asked.css";
import "./decide/decide.css";
import "./board/board.css";
import "./batch/batch.css";
import "./thread/thread.css";
import "./palette/palette.css";
import "./style/shell.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
