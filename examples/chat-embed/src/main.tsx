import { holdpointClient, HoldpointProvider } from "holdpoint/react";
import "holdpoint/react/style.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Chat } from "./chat.tsx";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place for the chat.");
/** For the words that are finished in a card; everything else goes through the chat's own connection. */
const client = holdpointClient({ url: "/api" });

createRoot(root).render(
  <StrictMode>
    <HoldpointProvider client={client}>
      <Chat />
    </HoldpointProvider>
  </StrictMode>,
);
