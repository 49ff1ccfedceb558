import { serveLocal } from "../common/localService";
import { tlsProvider } from "./provider";

serveLocal(tlsProvider);
