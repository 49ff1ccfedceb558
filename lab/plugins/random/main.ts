import { serveLocal } from "../common/localService";
import { randomProvider } from "./provider";

serveLocal(randomProvider);
