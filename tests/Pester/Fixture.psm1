# What the suites share: the module as it was built, a store of their own, a root file system of busybox, and the proof that nothing is left behind.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$script:ModulePath = $env:CONTAINERPS_MODULE ?? (Join-Path $PSScriptRoot '../../out/ContainerPS')

function Import-ContainerPS {
    Import-Module $script:ModulePath -Global -Force
}

function Get-ModulePath {
    (Resolve-Path $script:ModulePath).Path
}

# The program that runs this: the path of this process is `dotnet` where pwsh is a dotnet tool, and the `pwsh` of such a tool is only a starter.
function Get-PwshPath {
    Join-Path $PSHOME 'pwsh'
}

# Another pwsh that runs a script until it is killed. It first writes its own process id, for a kill must reach the process that does the work,
# whatever started it; then it has written its first line.
function Start-Pwsh([string] $Script) {
    $info = [System.Diagnostics.ProcessStartInfo]::new((Get-PwshPath))
    foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', "`$PID; Import-Module '$(Get-ModulePath)'; $Script") { $info.ArgumentList.Add($argument) }
    $info.RedirectStandardOutput = $true
    $started = [System.Diagnostics.Process]::Start($info)
    $worker = [System.Diagnostics.Process]::GetProcessById([int]$started.StandardOutput.ReadLine())
    if ($null -eq $started.StandardOutput.ReadLine()) { throw "It ended before it wrote a line: $Script" }
    # Kept with it: a reader that is collected closes the pipe.
    $worker | Add-Member -NotePropertyName Starter -NotePropertyValue $started -PassThru
}

# For what another process does in its own time.
function Wait-Until([scriptblock] $Condition, [int] $Seconds = 15) {
    $deadline = [DateTime]::UtcNow.AddSeconds($Seconds)
    while (-not (& $Condition)) {
        if ([DateTime]::UtcNow -gt $deadline) { throw "Not within $Seconds seconds: $Condition" }
        [Threading.Thread]::Sleep(20)
    }
}

# A statically linked busybox with links for its applets, as Debian's busybox-static brings it.
function New-BusyboxRootFs([string] $Path) {
    $busybox = Get-Command busybox -CommandType Application -ErrorAction Stop | Select-Object -First 1
    foreach ($folder in 'bin', 'etc', 'root', 'tmp', 'var', 'www') { $null = New-Item -ItemType Directory -Path (Join-Path $Path $folder) -Force }
    Copy-Item $busybox.Source (Join-Path $Path 'bin/busybox')
    foreach ($applet in & $busybox.Source --list | Where-Object { $_ -ne 'busybox' }) {
        $null = New-Item -ItemType SymbolicLink -Path (Join-Path $Path "bin/$applet") -Target 'busybox'
    }
    Set-Content (Join-Path $Path 'etc/passwd') "root:x:0:0:root:/root:/bin/sh`nnobody:x:65534:65534:nobody:/:/bin/sh"
    Set-Content (Join-Path $Path 'etc/group') "root:x:0:`nnogroup:x:65534:"
    Set-Content (Join-Path $Path 'www/index.html') 'hello from the container'
    chmod 1777 (Join-Path $Path 'tmp')
}

# A store of its own for one suite: root, run root and cgroup parent are thrown away at the end.
function New-TestStore([switch] $WithImage) {
    $folder = Join-Path ([IO.Path]::GetTempPath()) ('containerps-pester-' + [guid]::NewGuid().ToString('N').Substring(0, 8))
    $null = New-Item -ItemType Directory -Path $folder
    $store = [pscustomobject]@{
        Folder       = $folder
        RootFs       = Join-Path $folder 'rootfs'
        CgroupParent = '/containerps-test-' + [guid]::NewGuid().ToString('N').Substring(0, 8)
    }
    $env:CONTAINERPS_ROOT = Join-Path $folder 'root'
    $env:CONTAINERPS_RUNROOT = Join-Path $folder 'run'
    $env:CONTAINERPS_CGROUP_PARENT = $store.CgroupParent
    Import-ContainerPS
    New-BusyboxRootFs $store.RootFs
    if ($WithImage) { $null = New-Image -RootFs $store.RootFs -Name busybox -Command sh }
    $store
}

# What a suite left: everything must be empty when its containers are gone.
function Remove-TestStore($Store) {
    Get-Container | Remove-Container -Force
    $left = @(Get-StoreLeftover $Store)
    Remove-TestCgroup $Store.CgroupParent
    Remove-Item $Store.Folder -Recurse -Force
    Remove-Item Env:CONTAINERPS_ROOT, Env:CONTAINERPS_RUNROOT, Env:CONTAINERPS_CGROUP_PARENT
    if ($left.Count -gt 0) { throw "The suite left behind: $($left -join '; ')" }
}

# PID 1 reaps what is reparented to it within two seconds or so: three are allowed.
function Get-StoreLeftover($Store) {
    $deadline = [DateTime]::UtcNow.AddSeconds(3)
    do {
        $left = @(
            Get-ChildItem (Join-Path $env:CONTAINERPS_ROOT 'containers') -ErrorAction Ignore | ForEach-Object { "container $($_.Name)" }
            Get-ChildItem (Join-Path $env:CONTAINERPS_RUNROOT 'containers') -ErrorAction Ignore | ForEach-Object { "run directory $($_.Name)" }
            Get-TestCgroup $Store.CgroupParent | Where-Object { (Split-Path $_ -Leaf) -ne $Store.CgroupParent.TrimStart('/') } | ForEach-Object { "cgroup $_" }
            # Others mount what they like meanwhile: what is ours names our folder.
            Get-Content /proc/self/mountinfo | Where-Object { $_.Contains($Store.Folder) } | ForEach-Object { "mount $_" }
        )
        if ($left.Count -eq 0 -or [DateTime]::UtcNow -gt $deadline) { return $left }
        [Threading.Thread]::Sleep(100)
    } while ($true)
}

function Get-TestCgroup([string] $Parent) {
    $roots = @('/sys/fs/cgroup') + @(Get-ChildItem /sys/fs/cgroup -Directory | ForEach-Object FullName)
    foreach ($root in $roots) {
        $folder = Join-Path $root $Parent
        if (Test-Path $folder) { @(Get-ChildItem $folder -Directory -Recurse | ForEach-Object FullName) + $folder }
    }
}

function Remove-TestCgroup([string] $Parent) {
    foreach ($folder in Get-TestCgroup $Parent | Sort-Object { $_.Length } -Descending) { rmdir $folder }
}

# Why the suites that run containers cannot do so here; nothing when they can.
function Get-KernelObstacle {
    if ((id -u) -ne '0') { return 'needs root' }
    if (-not (Get-Command busybox -CommandType Application -ErrorAction Ignore)) { return 'needs busybox (Debian: busybox-static)' }
}

Export-ModuleMember -Function *
