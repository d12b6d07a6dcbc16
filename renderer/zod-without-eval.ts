import { z } from 'zod';

/* The shared schemas come along with the types and functions that the window uses. Their compiler would try
   `new Function`, which the content security policy forbids: this has to run before any schema is made. */
z.config({ jitless: true });
