<#
.SYNOPSIS
    Runs suites and writes what came of them as one JSON document; `dotnet test` starts one pwsh with this for each run.
.EXAMPLE
    dotnet pwsh tests/Pester/Run.ps1 -Path tests/Pester/Binding.Tests.ps1 -Pester ~/.nuget/packages/pester/6.2.0/tools/Pester.psd1 -Culture de-DE
#>
[CmdletBinding()]
param(
    # A suite, or the folder of all.
    [Parameter(Mandatory)] [string] $Path,
    # The manifest of Pester.
    [Parameter(Mandatory)] [string] $Pester,
    # Where the document is written; nowhere when not given.
    [string] $Result,
    # The culture of the run; the one that pwsh has when not given.
    [string] $Culture,
    # Tags, with commas: only the blocks that have one of them.
    [string] $Tag
)

$ErrorActionPreference = 'Stop'

# With ICU pwsh has taken its culture from LANG before this line. Without, every culture has the data of the invariant one, and its name is set here.
if ($Culture -and [cultureinfo]::CurrentCulture.Name -ne $Culture) {
    [cultureinfo]::CurrentCulture = [cultureinfo]::DefaultThreadCurrentCulture = $Culture
}
$name = [cultureinfo]::CurrentCulture.Name
if (-not $name) { $name = 'invariant' }
$hasCultures = [cultureinfo]::GetCultureInfo('de-DE').NumberFormat.NumberDecimalSeparator -eq ','
$data = if ($hasCultures) { 'ICU' } else { 'invariant data: no ICU here, Debian: libicu72' }

# Why the suites that run containers are skipped here; nothing when they are not.
Import-Module $PSScriptRoot/Fixture.psm1 -Force
$obstacle = Get-KernelObstacle

Import-Module $Pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.Exit = $false
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
if ($Tag) { $configuration.Filter.Tag = $Tag -split ',' }
$run = Invoke-Pester -Configuration $configuration

# The path of a test or block with what is expanded in its name, and its messages.
function Get-Message($Thing) {
    $messages = @($Thing.ErrorRecord | ForEach-Object { $_.DisplayErrorMessage ?? $_.Exception.Message })
    (@($Thing.ExpandedPath) + $messages | Where-Object { $_ }) -join ': '
}

# The tags of a test are its own and those of the blocks around it.
function Get-Tag($Test) {
    for ($thing = $Test; $thing; $thing = $thing.PSObject.Properties['Block'] ? $thing.Block : $thing.Parent) { $thing.Tag }
}

$tags = @{}
foreach ($test in $run.Tests | Where-Object { $_.Result -ne 'NotRun' }) {
    foreach ($of in Get-Tag $test | Where-Object { $_ } | Sort-Object -Unique) { $tags[$of] = 1 + $tags[$of] }
}

$failedContainers = @($run.FailedContainers | ForEach-Object { "$($_.Item): $(@($_.ErrorRecord | ForEach-Object { $_.Exception.Message }) -join '; ')" })
$failedBlocks = @($run.FailedBlocks | Where-Object ErrorRecord | ForEach-Object { Get-Message $_ })
$document = [ordered]@{
    PowerShell   = "$($PSVersionTable.PSVersion)"
    Pester       = "$((Get-Module Pester).Version)"
    Culture      = "$name ($data)"
    Obstacle     = $obstacle
    Passed       = $run.PassedCount
    Failed       = $run.FailedCount + $failedBlocks.Count + $failedContainers.Count
    Skipped      = $run.SkippedCount + $run.InconclusiveCount
    Tags         = $tags
    Failures     = @(@($run.Failed | ForEach-Object { Get-Message $_ }) + $failedBlocks + $failedContainers)
    SkippedTests = @($run.Tests | Where-Object Result -in 'Skipped', 'Inconclusive' | ForEach-Object { Get-Message $_ })
} | ConvertTo-Json -Depth 4
if ($Result) { [IO.File]::WriteAllText($Result, $document) } else { $document }
