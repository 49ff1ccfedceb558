import { serveLocal } from "../common/localService";
import { commandProvider } from "./provider";

serveLocal(commandProvider);
