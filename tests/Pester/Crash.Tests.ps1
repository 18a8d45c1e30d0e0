BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
    $adoption = if ([version]((uname -r) -replace '^(\d+\.\d+).*', '$1') -lt [version]'6.15') { 'exit codes of adopted containers need Linux 6.15' }
}

Describe 'When processes are killed' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $module = Get-ModulePath

        function Wait-Until([scriptblock] $Condition, [int] $Seconds = 15) {
            $deadline = [DateTime]::UtcNow.AddSeconds($Seconds)
            while (-not (& $Condition)) {
                if ([DateTime]::UtcNow -gt $deadline) { throw "Not within $Seconds seconds: $Condition" }
                [Threading.Thread]::Sleep(20)
            }
        }

        function Get-MonitorPid($Container) {
            $lines = Get-Content "$env:CONTAINERPS_RUNROOT/containers/$($Container.Id)/state" | ConvertFrom-Json
            ($lines | Where-Object event -eq 'running' | Select-Object -Last 1).monitor
        }

        # Two hundred numbered lines in some two seconds, then an exit code of its own.
        $counting = 'i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); sleep 0.01; done; exit 9'
    }

    AfterEach {
        Get-Container | Remove-Container -Force
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'a container goes on when its pwsh is killed, and nothing it wrote is lost' {
        $pwsh = Start-Pwsh "`$c = New-Container busybox -Name survivor -- sh -c '$counting' | Start-Container -PassThru; `$c.Id; Start-Sleep 60"
        $pwsh.Kill()
        $pwsh.WaitForExit()
        $container = Get-Container survivor
        ($container | Wait-Container -Timeout 30).ExitCode | Should -Be 9
        Get-ContainerLog survivor -Raw | Should -Be (0..199)
    }

    It 'a container goes on when its monitor is killed, is adopted, and tells its true exit code' -Skip:($null -ne $adoption) {
        $container = New-Container busybox -Name adopted -- sh -c $counting | Start-Container -PassThru
        Wait-Until { @(Get-ContainerLog adopted).Count -gt 20 }
        kill -9 (Get-MonitorPid $container)
        (Wait-Container adopted -Timeout 30).ExitCode | Should -Be 9
        Get-ContainerLog adopted -Raw | Should -Be (0..199)
    }

    It 'a container can be stopped and removed when its monitor is killed' {
        $container = New-Container busybox -Name orphan -- sleep 600 | Start-Container -PassThru
        kill -9 (Get-MonitorPid $container)
        $container | Stop-Container -Timeout 1 -PassThru | Remove-Container
        Get-Container | Should -BeNullOrEmpty
    }

    It 'the container of a killed Invoke-Container is removed when its command ends' {
        $pwsh = Start-Pwsh "Invoke-Container busybox -Name brief -- sh -c 'echo begun; sleep 1'"
        (Get-Container brief).State | Should -Be 'Running'
        $pwsh.Kill()
        $pwsh.WaitForExit()
        Wait-Until { -not (Get-Container) }
    }

    It 'two pwsh at once on the same names: each name is one container, and all are removed' {
        $script = '
            1..12 | ForEach-Object { New-Container busybox -Name "shared$_" -ErrorAction SilentlyContinue -ErrorVariable +taken -- sleep 600 | Start-Container }
            $taken | ForEach-Object FullyQualifiedErrorId | Where-Object { $_ -notlike "ContainerNameConflict,*" }'
        $jobs = 1..2 | ForEach-Object { Start-Job -ScriptBlock { Import-Module $using:module; & ([scriptblock]::Create($using:script)) } }
        $jobs | Receive-Job -Wait -AutoRemoveJob | Should -BeNullOrEmpty
        @(Get-Container -Running).Count | Should -Be 12
        $script = 'Get-Container | Remove-Container -Force -ErrorAction SilentlyContinue -ErrorVariable failures; $failures | ForEach-Object FullyQualifiedErrorId | Where-Object { $_ -notlike "ContainerNotFound,*" }'
        $jobs = 1..2 | ForEach-Object { Start-Job -ScriptBlock { Import-Module $using:module; & ([scriptblock]::Create($using:script)) } }
        $jobs | Receive-Job -Wait -AutoRemoveJob | Should -BeNullOrEmpty
        Get-Container | Should -BeNullOrEmpty
    }
}
