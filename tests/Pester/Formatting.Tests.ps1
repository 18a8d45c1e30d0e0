BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Formatting' -Tag Formatting -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $container = New-Container busybox -Name web -MemoryMax 64m -Cpus 0.5 -PidsMax 50 -- sleep 600 | Start-Container -PassThru
        $null = New-Container busybox -Name talk -- sh -c 'echo to stdout; sleep 0.1; echo to stderr >&2; exit 3' | Start-Container -PassThru | Wait-Container -Timeout 20

        # The lines that a terminal of that width shows, without the empty ones.
        function Get-Line([Parameter(ValueFromPipeline)] $Thing, [int] $Width = 80) {
            begin { $things = @() }
            process { $things += $Thing }
            end { ($things | Out-String -Width $Width) -split '\r?\n' | ForEach-Object TrimEnd | Where-Object { $_ } }
        }
    }

    AfterAll {
        Remove-TestStore $store
    }

    Context 'Eighty columns' {
        It 'hold each column of <name>: <columns>' -ForEach @(
            @{ name = 'containers'; things = { Get-Container }; columns = 'ShortId', 'Name', 'Image', 'State', 'Status', 'Uptime' }
            @{ name = 'images'; things = { Get-Image }; columns = 'Repository', 'Tag', 'ShortId', 'CreatedAt', 'Size' }
            @{ name = 'limits'; things = { Get-CgroupLimit web }; columns = 'Name', 'Cpus', 'CpuWeight', 'CpusetCpus', 'MemoryMax', 'MemoryHigh', 'MemoryLow', 'PidsMax', 'IoWeight' }
            @{ name = 'statistics'; things = { Measure-Container web }; columns = 'Name', 'CpuPercent', 'CpuUsage', 'WorkingSet', 'MemoryMax', 'Memory%', 'Pids' }
            @{ name = 'log records'; things = { Get-ContainerLog talk }; columns = 'Time', 'Container', 'Stream', 'Message' }
        ) {
            $lines = & $things | Get-Line
            -split $lines[0] | Should -Be $columns
            foreach ($line in $lines) { $line.Length | Should -BeLessOrEqual 80 -Because $line }
            # Names and values of ordinary length are shown whole; only the sentence in Status may be cut.
            "$($lines -replace 'Exited \(3\) .*')" | Should -Not -Match ([char]0x2026)
        }
    }

    Context 'Containers' {
        It 'are a table' {
            $lines = Get-Container web | Get-Line -Width 160
            $lines[0] | Should -Match '^ShortId\s+Name\s+Image\s+State\s+Status\s+Uptime$'
            $lines[-1] | Should -Match "^$($container.ShortId)\s+web\s+busybox\S*\s+Running\s"
        }

        It 'show the time since their start as days and a clock, in ASCII digits' {
            (Get-Container web | Get-Line)[-1] | Should -Match ' 0\.00:0[0-5]:[0-5][0-9]$'
            (Get-Container talk | Get-Line)[-1] | Should -Match 'Exited'
        }

        It 'look the same when they were deserialised' {
            $revived = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($container))
            ($revived | Get-Line)[-1] | Should -Match "^$($container.ShortId)\s+web\s+busybox\S*\s+Running\s"
        }
    }

    Context 'Moments' {
        It 'are of the calendar that people share, whatever the culture: images' {
            $image = Get-Image busybox
            $image.CreatedAt.Year | Should -BeGreaterOrEqual 2024 -Because 'the object itself is not formatted'
            $expected = $image.CreatedAt.LocalDateTime.ToString('yyyy-MM-dd HH:mm:ss', [cultureinfo]::InvariantCulture)
            ($image | Get-Line)[-1] | Should -Match ([regex]::Escape($expected))
        }

        It 'are of the calendar that people share, whatever the culture: log records' {
            $record = (Get-ContainerLog talk)[0]
            $expected = $record.Time.LocalDateTime.ToString('yyyy-MM-dd HH:mm:ss.fff', [cultureinfo]::InvariantCulture)
            ($record | Get-Line)[-1] | Should -Match "^$([regex]::Escape($expected))\s+talk\s+Stdout\s+to stdout$"
        }
    }

    Context 'Numbers' {
        It 'with a unit have a point, as they are written on the command line' {
            Get-CgroupLimit web | Out-String | Should -Match '\s64MB\s'
            (Get-Image busybox | Get-Line)[-1] | Should -Match '\s\d+(\.\d+)?[KMG]?B$'
            Measure-Container web | Out-String | Should -Match '\d(\.\d+)?[KMG]?B\s+64MB\s'
            Get-ContainerHost | Out-String | Should -Match 'Memory\s+: \d+(\.\d+)?[KMGT]B'
        }

        It 'without a unit are the user''s, as PowerShell shows every number' {
            $half = (0.5).ToString([cultureinfo]::CurrentCulture)
            (Get-CgroupLimit web | Get-Line)[-1] | Should -Match "^web\s+$([regex]::Escape($half))\s"
        }
    }

    Context 'Lists' {
        It 'show a result with its lines' {
            $lines = Invoke-ContainerCommand web -AsResult -- sh -c 'echo hi; echo oh >&2' | Get-Line
            $lines | Should -Contain 'ExitCode : 0'
            $lines | Should -Contain 'Stdout   : hi'
            $lines | Should -Contain 'Stderr   : oh'
            "$lines" | Should -Match 'Duration : 00:00:0'
        }

        It 'show the host' {
            $lines = Get-ContainerHost | Get-Line
            "$lines" | Should -Match "Kernel\s+: $([regex]::Escape((uname -r)))"
            foreach ($label in 'Name', 'Cpus', 'Memory', 'CgroupVersion', 'Controllers', 'StorageDriver', 'Runtime', 'DataRoot', 'RunRoot', 'Counts') {
                @($lines -match "^$label\s+:").Count | Should -Be 1 -Because $label
            }
        }
    }

    Context 'Texts that are read back' {
        It 'of a limit and its request are the same in every culture' {
            "$((Get-CgroupLimit web).Requested.Cpus)" | Should -Be '0.5'
            "$([ContainerPS.ByteSize]::ForPeople(1.5GB))" | Should -Be '1.5GB'
            "$([ContainerPS.Duration]::Parse('90m'))" | Should -Be '1h30m'
        }
    }
}
