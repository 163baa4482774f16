import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { readConfiguration } from "./configuration";
import { recordRequests } from "./recorder";
import "./styles.css";

recordRequests();
const configuration = await readConfiguration();
const root = document.getElementById("root");
if (root)
    createRoot(root).render(
        <StrictMode>
            <App configuration={configuration} />
        </StrictMode>,
    );
