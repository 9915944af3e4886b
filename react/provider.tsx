import { createContext, useContext, useState, type ReactNode } from "react";
import { holdpointClient, type HoldpointClient } from "./client.js";

const Client = createContext<HoldpointClient | null>(null);

/** @param client which server the parts below speak with; by default the one that the page comes from. */
export function HoldpointProvider({ client, children }: { client?: HoldpointClient; children: ReactNode }) {
  const [own] = useState(() => client ?? holdpointClient());
  return <Client.Provider value={client ?? own}>{children}</Client.Provider>;
}

export function useHoldpoint(): HoldpointClient {
  const client = useContext(Client);
  if (!client)
    throw new Error(
      "No HoldpointProvider stands above this component, so it does not know its server. Put one around your page.",
    );
  return client;
}
