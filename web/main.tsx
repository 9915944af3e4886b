import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HoldpointProvider } from "../react/provider.js";
import { client } from "./api.js";
import { App } from "./app.js";
import "../react/style.css";
import "./style/base.css";
import "./queue/queue.css";
import "./hold/hold.css";
import "./hold/asked.css";
import "./decide/decide.css";
import "./board/board.css";
import "./policy/policy.css";
import "./batch/batch.css";
import "./thread/thread.css";
import "./palette/palette.css";
import "./style/shell.css";
import "./stops/stops.css";
import "./standing/standing.css";
import "./deputies/deputies.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <HoldpointProvider client={client}>
        <App />
      </HoldpointProvider>
    </StrictMode>,
  );
}
