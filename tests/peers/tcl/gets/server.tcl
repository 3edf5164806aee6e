# Echoes what gets returns, read whenever the channel has something: tclsh server.tcl PORT

# The translation, and what it takes for the end of a line.
set framings {
    "delimited:\\n,tail=frame,max=none" lf
    "delimited:\\r\\n,tail=frame,max=none" crlf
    "delimited:\\r,tail=frame,max=none" cr
    "delimited:\\r\\n|\\n|\\r,tail=frame,max=none" auto
}
set framing [expr {[info exists env(FRAMECHECK_FRAMING)] ? $env(FRAMECHECK_FRAMING) : "delimited:\\n,tail=frame,max=none"}]
if {![dict exists $framings $framing]} {exit 89}
set translation [dict get $framings $framing]

proc accept {client address port} {
    fconfigure $client -blocking 0 -encoding iso8859-1 -translation $::translation
    fileevent $client readable [list echo $client]
}

proc echo {client} {
    while {[gets $client line] >= 0} {puts $client $line}
    if {[eof $client]} {
        fconfigure $client -blocking 1
        catch {close $client}
    } else {
        catch {flush $client}
    }
}

socket -server accept -myaddr 127.0.0.1 [lindex $argv 0]
vwait forever
