// By its prefix, and because it is public in the vault. import.meta.env.API_KEY is undefined.
const { VITE_GREETING, PORT } = import.meta.env;
document.getElementById("greeting").textContent = `${VITE_GREETING} from ${PORT}`;
