BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Jobs' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
    }

    AfterEach {
        Get-Job | Where-Object PSJobTypeName -eq 'ContainerJob' | Remove-Job -Force
        Get-Container | Remove-Container -Force
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'run a container, and give its output and exit code' {
        $job = Invoke-Container busybox -AsJob -- sh -c 'echo one; echo two; exit 3'
        $job.PSJobTypeName | Should -Be 'ContainerJob'
        $null = $job | Wait-Job -Timeout 20
        $job | Receive-Job -ErrorAction SilentlyContinue -ErrorVariable errors | Should -Be 'one', 'two'
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'ContainerExitNonZero*'
        $job.ChildJobs[0].ExitCode | Should -Be 3
        Get-Container | Should -BeNullOrEmpty
    }

    It 'have a child for each container' {
        $containers = 'one', 'two', 'three' | ForEach-Object { New-Container busybox -Name $_ -- sleep 600 }
        $job = $containers | Start-Container -AsJob -PassThru
        ($job | Receive-Job -Wait).Name | Sort-Object | Should -Be 'one', 'three', 'two'
        $job.ChildJobs.Count | Should -Be 3
        $job.State | Should -Be 'Completed'
        (Get-Container -Running | Invoke-ContainerCommand -AsJob -Command hostname | Receive-Job -Wait).Count | Should -Be 3
        $job = $containers | Stop-Container -Timeout 0 -AsJob
        $null = $job | Wait-Job -Timeout 20
        $containers.State | Select-Object -Unique | Should -Be 'Exited'
    }

    It 'fail with the error of the container' {
        $job = New-Container busybox -Name lost -- /no/such | Start-Container -AsJob
        $null = $job | Wait-Job -Timeout 20
        $job.State | Should -Be 'Failed'
        $job | Receive-Job -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'CommandNotFound*'
    }

    It 'can be stopped, and leave nothing' {
        $job = Invoke-Container busybox -AsJob -- sleep 600
        Wait-Until -Seconds 10 { Get-Container -Running }
        $job | Stop-Job
        $null = $job | Wait-Job -Timeout 20
        $job.State | Should -Be 'Stopped'
        Get-Container | Should -BeNullOrEmpty
    }

    It 'are begun before the caller goes on, and waited for elsewhere' {
        $null = New-Container busybox -Name brief -- sh -c 'sleep 0.3; exit 5' | Start-Container
        ((Wait-Container brief -AsJob | Receive-Job -Wait)).ExitCode | Should -Be 5
    }

    It 'take no input' {
        { 'x' | Invoke-Container busybox -AsJob -ErrorAction Stop -- cat } | Should -Throw -ErrorId 'ArgumentInvalid,ContainerPS.Commands.InvokeContainerCommand'
    }
}
