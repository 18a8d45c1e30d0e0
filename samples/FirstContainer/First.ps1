# A root file system becomes an image; without ./rootfs, containers get the host's own root, copy-on-write
$from = if (Test-Path ./rootfs) { @{ Image = New-Image -RootFs ./rootfs -Name "first-$PID" } } else { @{ RootFs = '/' } }

# A container with limits starts
$first = New-Container @from -Name "first-$PID" -MemoryMax 64MB -Cpus 0.5 -PidsMax 50 -Command sh, -c, 'while echo work; do sleep 1; done' |
    Start-Container -PassThru
$first

# Change it while it runs; see what is asked for and what is in force
$first | Set-CgroupLimit -MemoryMax 32MB -PassThru | Get-CgroupLimit

# Its statistics, its log, and what has happened to it
$first | Measure-Container
$first | Get-ContainerLog
$first | Get-ContainerEvent

# Standard input and output are the pipeline's
'hello' | Invoke-Container @from -- cat

# Stop and remove what runs
$first | Stop-Container -Timeout 1 -PassThru | Remove-Container
if ($from.Image) { $from.Image | Remove-Image }
