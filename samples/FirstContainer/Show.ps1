<#
.SYNOPSIS
    Runs a script as if it was typed: each statement is shown with the comment above it, and then its output.
#>
[CmdletBinding()]
param([Parameter(Mandatory)] [string] $Script)

$ErrorActionPreference = 'Stop'
# Out-Host takes a redirected output for a console that shows colours.
if ([Console]::IsOutputRedirected) { $PSStyle.OutputRendering = 'PlainText' }

$problems = $null
$text = Get-Content -LiteralPath $Script -Raw
$parsed = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref] $null, [ref] $problems)
if ($problems) { throw $problems[0].Message }

try {
    $shown = 0
    foreach ($statement in $parsed.EndBlock.Statements) {
        # What lies between two statements is the comment that tells about the second.
        $typed = $text.Substring($shown, $statement.Extent.EndOffset - $shown).Trim("`r", "`n")
        $shown = $statement.Extent.EndOffset
        foreach ($line in $typed -split '\r?\n') {
            Write-Host $line -ForegroundColor ($line.StartsWith('#') ? 'Green' : 'Cyan')
        }
        # In this scope, for the next statement's variables; to the host at once, so that output stands below its statement.
        . ([scriptblock]::Create($statement.Extent.Text)) | Out-Host
    }
}
finally {
    # When a statement failed, those that stop and remove were not reached.
    Get-Container | Where-Object Name -eq "first-$PID" | Remove-Container -Force
    Get-Image | Where-Object Repository -eq "first-$PID" | Remove-Image
}
