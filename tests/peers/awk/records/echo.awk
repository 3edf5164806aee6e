# Echoes records as awk reads them, behind socat.
{ print; fflush() }
