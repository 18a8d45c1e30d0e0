BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Limits' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $web = New-Container busybox -Name web -MemoryMax 64MB -Cpus 0.5 -PidsMax 50 -- sleep 600 | Start-Container -PassThru
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'tells what was requested and what is in force' {
        $limit = Get-CgroupLimit web
        $limit.MemoryMax | Should -Be 64MB
        $limit.Memory | Should -Be 64MB
        $limit.Cpus | Should -Be 0.5
        $limit.PidsMax | Should -Be 50
        $limit.PidsLimit | Should -Be 50
        $limit.Requested.MemoryMax | Should -Be 64MB
        $limit.MemoryMax -gt 1MB | Should -BeTrue
        $detail = $limit.Details['MemoryMax']
        $detail.Supported | Should -BeTrue
        [long](Get-Content $detail.File) | Should -Be 64MB
    }

    It 'shows file, old and new value with -WhatIf, and changes nothing' {
        $file = (Get-CgroupLimit web).Details['MemoryMax'].File
        $transcript = Join-Path $TestDrive 'whatif.txt'
        $null = Start-Transcript $transcript
        Set-CgroupLimit web -MemoryMax 48m -WhatIf
        $null = Stop-Transcript
        $text = Get-Content $transcript -Raw
        $text | Should -Match ([regex]::Escape($file))
        $text | Should -Match '67108864'
        $text | Should -Match '50331648'
        (Get-CgroupLimit web).MemoryMax | Should -Be 64MB
    }

    It 'changes a running container and passes it on' {
        $limit = $web | Set-CgroupLimit -MemoryMax 40m -PidsMax 60 -PassThru | Get-CgroupLimit
        $limit.MemoryMax | Should -Be 40MB
        $limit.PidsMax | Should -Be 60
        $limit.Cpus | Should -Be 0.5
        Set-CgroupLimit web -MemoryMax 64MB -PidsMax 50
    }

    It 'lifts a limit with max' {
        Set-CgroupLimit web -PidsMax max
        (Get-CgroupLimit web).PidsMax | Should -BeNullOrEmpty
        Set-CgroupLimit web -PidsMax 50
    }

    It 'takes the limits of another container' {
        $other = New-Container busybox -Name other -Limit (Get-CgroupLimit web) -PidsMax 10 -- true
        try {
            $other.Limits.MemoryMax | Should -Be 64MB
            $other.Limits.PidsMax | Should -Be 10
        }
        finally {
            $other | Remove-Container
        }
    }

    It 'changes nothing when nothing is asked for' {
        { Set-CgroupLimit web -ErrorAction Stop } | Should -Throw -ErrorId 'ArgumentInvalid,ContainerPS.Commands.SetCgroupLimitCommand'
    }

    It 'refuses more CPUs than the host has' {
        { Set-CgroupLimit web -Cpus 4096 -ErrorAction Stop } | Should -Throw -ErrorId '*,ContainerPS.Commands.SetCgroupLimitCommand'
        { New-Container busybox -Name many -Cpus 4096 -ErrorAction Stop -- true } | Should -Throw -ErrorId '*,ContainerPS.Commands.NewContainerCommand'
        (Get-CgroupLimit web).Cpus | Should -Be 0.5
        Get-Container many* | Should -BeNullOrEmpty
    }

    It 'warns of more memory than the host has' {
        $container = New-Container busybox -Name rich -MemoryMax 900t -WarningVariable warnings -WarningAction SilentlyContinue -- true
        $container | Remove-Container
        $warnings.Count | Should -Be 1
    }

    It 'keeps the limit on processes when it is exceeded' {
        Set-CgroupLimit web -PidsMax 8
        $result = Invoke-ContainerCommand web -AsResult -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; wait'
        "$($result.Stderr)" | Should -Match 'fork'
        Set-CgroupLimit web -PidsMax 50
    }
}
