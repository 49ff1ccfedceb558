import { serve } from "../common/serve";
import { tlsProvider } from "./provider";

serve(tlsProvider);
