using System.Management.Automation;

namespace ContainerPS.Commands.Tests.Hosted;

/// <summary>
/// How words and objects become containers, images and values. No container is started: these tests need a binder and a store,
/// not a kernel.
/// </summary>
[Collection(HostedCollection.Name)]
public sealed class BindingTests : IDisposable
{
    private readonly PowerShellHost _host;
    private readonly Container _web;
    private readonly Container _db;

    public BindingTests(PowerShellHost host)
    {
        Skip.If(PowerShellHost.Obstacle is not null, PowerShellHost.Obstacle);
        _host = host;
        if (host.Run("Get-Image base*").Output.Count == 0)
        {
            host.Run("New-Image -RootFs $args[0] -Name base -Command sleep,600", host.RootFs).One<Image>();
        }

        _web = host.Run("New-Container base -Name web -Label app=x").One<Container>();
        _db = host.Run("New-Container base -Name db").One<Container>();
    }

    public void Dispose() => Assert.Empty(_host.Run("Get-Container | Remove-Container -Force").Errors);

    // One parameter takes the things

    [SkippableTheory]
    [InlineData("Get-Container web")]
    [InlineData("Get-Container -Name web")]
    [InlineData("Get-Container -Container web")]
    [InlineData("Get-Container -InputObject web")]
    [InlineData("Get-Container w*")]
    [InlineData("Get-Container [v-x]?b")]
    [InlineData("'web' | Get-Container")]
    [InlineData("Get-Container $args[0].Id")]
    [InlineData("Get-Container $args[0].ShortId")]
    [InlineData("Get-Container -Id $args[0].Id")]
    [InlineData("Get-Container -Id $args[0].ShortId")]
    [InlineData("Get-Container -Id $args[0].Id.ToUpper()")]
    [InlineData("Get-Container $args[0]")]
    [InlineData("$args[0] | Get-Container")]
    [InlineData("[psobject]$args[0] | Get-Container")]
    [InlineData("$s = [Management.Automation.PSSerializer]; $s::Deserialize($s::Serialize($args[0])) | Get-Container")]
    [InlineData("Get-Container web, w*, $args[0]")]
    [InlineData("Get-Container -Label app")]
    [InlineData("Get-Container -Label app=x")]
    [InlineData("Get-Container -Label @{ app = 'x' }")]
    public void A_container_is_found_by_name_id_and_object(string script) => Assert.Equal(_web, _host.Run(script, _web).One<Container>());

    [SkippableTheory]
    [InlineData("Get-Container $args[0]")]
    [InlineData("$args[0] | Get-Container")]
    [InlineData("Stop-Container $args[0] -WhatIf")]
    [InlineData("$args[0] | Remove-Container -Force -WhatIf")]
    [InlineData("Wait-Container $args[0]")]
    [InlineData("$args[0] | Set-CgroupLimit -PidsMax 5 -WhatIf")]
    [InlineData("Get-CgroupLimit $args[0]")]
    [InlineData("Invoke-ContainerCommand $args[0] -WhatIf -Command true")]
    public void Another_object_is_refused_and_never_taken_by_its_text_or_properties(string script)
    {
        object[] others =
        [
            new Version(1, 0),
            new Uri("web", UriKind.Relative),
            new FileInfo("/web"),
            true,
            DateTime.Now,
            _host.Run("Get-Image base").One<Image>(),
            _host.Run("[pscustomobject]@{ Id = $args[0].Id; Name = 'web' }", _web).Output[0],
            _host.Run("@{ Name = 'web' }").Output[0],
        ];
        Assert.All(
            others,
            other =>
                Assert.Contains(_host.Run(script, other).ErrorId, (string[])["ParameterArgumentTransformationError", "InputObjectNotBound"])
        );
        Assert.Equal(2, _host.Run("Get-Container").Output.Count);
    }

    [SkippableFact]
    public void The_pipeline_goes_on_after_an_object_that_was_refused()
    {
        ShellResult result = _host.Run("'web', (Get-Date), 'db' | Get-Container");
        Assert.Equal(["web", "db"], result.Output.Select(o => o.ToString()));
        Assert.Single(result.Errors);
    }

    /// <summary>PowerShell reads a number in a word of digits; a name or an id prefix may be one.</summary>
    [SkippableTheory]
    [InlineData("Get-Container 42")]
    [InlineData("42 | Get-Container")]
    [InlineData("Get-Container '42'")]
    public void A_whole_number_is_a_name(string script)
    {
        Container answer = _host.Run("New-Container base -Name 42").One<Container>();
        Assert.Equal(answer, _host.Run(script).One<Container>());
    }

    [SkippableTheory]
    [InlineData("Get-Container -Id web")]
    [InlineData("Get-Container -Id *")]
    [InlineData("Stop-Container -Id web -WhatIf")]
    [InlineData("Get-Container -Id ''")]
    public void An_id_is_literal(string script) => Assert.StartsWith("Parameter", _host.Run(script).ErrorId, StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData("Get-Image base")]
    [InlineData("Get-Image base:latest")]
    [InlineData("Get-Image ba*")]
    [InlineData("Get-Image $args[0].Id")]
    [InlineData("Get-Image $args[0].ShortId")]
    [InlineData("Get-Image -Id $args[0].Id")]
    [InlineData("$args[0] | Get-Image")]
    public void An_image_is_found_in_the_same_ways(string script)
    {
        Image image = _host.Run("Get-Image base").One<Image>();
        Assert.Equal(image.Id, _host.Run(script, image).One<Image>().Id);
        Assert.StartsWith("ParameterArgumentTransformationError", _host.Run("Get-Image $args[0]", _web).ErrorId, StringComparison.Ordinal);
        Assert.NotEqual("", _host.Run("$args[0] | Remove-Image", _web).ErrorId);
    }

    // Literals, wildcards and nothing

    [SkippableTheory]
    [InlineData("Get-Container nobody", "ContainerNotFound")]
    [InlineData("Get-Container -Id 0123456789abcdef", "ContainerNotFound")]
    [InlineData("Start-Container nobody", "ContainerNotFound")]
    [InlineData("Stop-Container nobody", "ContainerNotFound")]
    [InlineData("Wait-Container nobody", "ContainerNotFound")]
    [InlineData("Remove-Container nobody", "ContainerNotFound")]
    [InlineData("Suspend-Container nobody", "ContainerNotFound")]
    [InlineData("Resume-Container nobody", "ContainerNotFound")]
    [InlineData("Send-ContainerSignal nobody", "ContainerNotFound")]
    [InlineData("Measure-Container nobody", "ContainerNotFound")]
    [InlineData("Get-ContainerLog nobody", "ContainerNotFound")]
    [InlineData("Get-ContainerEvent nobody", "ContainerNotFound")]
    [InlineData("Get-ContainerEvent -Id 0123456789abcdef", "ContainerNotFound")]
    [InlineData("Get-CgroupLimit nobody", "ContainerNotFound")]
    [InlineData("Set-CgroupLimit nobody -PidsMax 5", "ContainerNotFound")]
    [InlineData("Invoke-ContainerCommand nobody -- true", "ContainerNotFound")]
    [InlineData("Get-Container WEB", "ContainerNotFound")]
    [InlineData("Get-Image nobody", "ImageNotFound")]
    [InlineData("Remove-Image nobody", "ImageNotFound")]
    [InlineData("New-Container nobody", "ImageNotFound")]
    public void A_literal_that_matches_nothing_is_an_error(string script, string id) => Assert.Equal(id, _host.Run(script).ErrorId);

    [SkippableTheory]
    [InlineData("Get-Container nobody*")]
    [InlineData("Stop-Container nobody*")]
    [InlineData("Remove-Container nobody* -Force")]
    [InlineData("Wait-Container nobody*")]
    [InlineData("Get-Image nobody*")]
    [InlineData("Remove-Image nobody*")]
    [InlineData("Get-Container W*")]
    public void A_wildcard_that_matches_nothing_is_nothing(string script) => Assert.Empty(_host.Run(script).Texts);

    [SkippableTheory]
    [InlineData("Get-Container $undefined")]
    [InlineData("Get-Container -Name $undefined")]
    [InlineData("Get-Container -Id $undefined")]
    [InlineData("Get-Container @($null)")]
    [InlineData("Get-Container @()")]
    [InlineData("Get-Container -State $undefined")]
    [InlineData("Get-Container -Image $undefined")]
    [InlineData("Get-Container -Label $undefined")]
    [InlineData("Get-Container -Newest $undefined")]
    [InlineData("Get-Image -Label $undefined")]
    [InlineData("Measure-Container @()")]
    [InlineData("$null | Measure-Container")]
    [InlineData("Get-Container ''")]
    [InlineData("$null | Get-Container")]
    [InlineData("Stop-Container $undefined")]
    [InlineData("Remove-Container $undefined -Force")]
    [InlineData("$null | Remove-Container -Force")]
    [InlineData("Measure-Container $undefined")]
    [InlineData("Get-CgroupLimit $undefined")]
    [InlineData("Get-Image $undefined")]
    [InlineData("Remove-Image $undefined")]
    [InlineData("Get-Container $undefined | Remove-Container -Force")]
    public void Null_is_an_error_and_never_all(string script)
    {
        Assert.NotEqual("", _host.Run(script).ErrorId);
        Assert.Equal(["db", "web"], _host.Run("Get-Container").Texts.Order());
        Assert.Equal(["base"], _host.Run("(Get-Image).Repository").Texts);
    }

    [SkippableTheory]
    [InlineData("@() | Get-Container")]
    [InlineData("@() | Get-Image")]
    [InlineData("@() | Remove-Container -Force")]
    public void An_empty_pipeline_is_nothing(string script) => Assert.Empty(_host.Run(script).Texts);

    [SkippableFact]
    public void Only_the_absence_of_the_parameter_is_all() =>
        Assert.Equal(["db", "web"], _host.Run("Get-Container").Texts.Order(StringComparer.Ordinal));

    [SkippableFact]
    public void An_ambiguous_prefix_is_an_error()
    {
        // Seventeen ids have two that begin with the same of sixteen digits.
        Assert.Equal(15, _host.Run("1..15 | ForEach-Object { New-Container base -Name more$_ }").Texts.Count);
        string prefix = _host
            .Run("((Get-Container).Id | ForEach-Object Substring 0, 1 | Group-Object | Where-Object Count -gt 1)[0].Name")
            .Texts[0];
        Assert.Equal("ContainerIdAmbiguous", _host.Run("Get-Container -Id $args[0]", prefix).ErrorId);
        Assert.Equal("ContainerIdAmbiguous", _host.Run("Remove-Container -Id $args[0] -Force", prefix).ErrorId);
    }

    // The command

    [SkippableTheory]
    [InlineData("New-Container base -- sh -c 'echo $0' -v /x 0755 1kb --name other -", "sh|-c|echo $0|-v|/x|0755|1kb|--name|other|-")]
    [InlineData("New-Container base -- echo '' x", "echo||x")]
    [InlineData("New-Container base httpd -f -p 80", null)]
    [InlineData("Get-Image base | New-Container -Command 'chmod', '0755', '/x'", "chmod|0755|/x")]
    [InlineData("Get-Image base | New-Container -Command httpd,-f", "httpd|-f")]
    [InlineData("Get-Image base | New-Container -ArgumentList httpd,-f", "httpd|-f")]
    [InlineData("New-Container base sleep 5", "sleep|5")]
    [InlineData("New-Container base", "sleep|600")]
    public void The_command_arrives_as_it_was_written(string script, string? words)
    {
        ShellResult result = _host.Run(script);
        if (words is null)
        {
            Assert.NotEqual("", result.ErrorId);
            return;
        }

        Assert.Equal(words.Split('|'), result.One<Container>().Args);
    }

    // Quantities

    [SkippableTheory]
    [InlineData("-MemoryMax 64m", 64L << 20)]
    [InlineData("-MemoryMax 64MB", 64L << 20)]
    [InlineData("-MemoryMax 64MiB", 64L << 20)]
    [InlineData("-MemoryMax '1.5g'", 3L << 29)]
    [InlineData("-MemoryMax 1.5g", 3L << 29)]
    [InlineData("-MemoryMax (32MB + 32MB)", 64L << 20)]
    [InlineData("-Memory 67108864", 64L << 20)]
    public void A_size_is_read_with_and_without_a_unit(string parameter, long bytes) =>
        Assert.Equal(bytes, _host.Run($"New-Container base {parameter}").One<Container>().Limits!.MemoryMax);

    [SkippableTheory]
    [InlineData("-StopTimeout 10", 10)]
    [InlineData("-StopTimeout '10'", 10)]
    [InlineData("-StopTimeout 1m", 60)]
    [InlineData("-StopTimeout 1h30m", 5400)]
    [InlineData("-StopTimeout 1d", 86400)]
    [InlineData("-StopTimeout ([timespan]'00:00:07')", 7)]
    [InlineData("-StopTimeout 2.5", 2.5)]
    public void A_duration_is_a_number_of_seconds_or_has_units(string parameter, double seconds) =>
        Assert.Equal(seconds, _host.Run($"New-Container base {parameter}").One<Container>().StopTimeout.TotalSeconds);

    [SkippableTheory]
    [InlineData("-MemoryMax 64x")]
    [InlineData("-MemoryMax '1,5g'")]
    [InlineData("-StopTimeout 10x")]
    [InlineData("-StopTimeout -1")]
    [InlineData("-Cpus '0,5'")]
    [InlineData("-Cpus 0,5")]
    [InlineData("-PidsMax 0")]
    [InlineData("-PidsMax 1.5")]
    [InlineData("-StopSignal NOSUCH")]
    [InlineData("-Env =1")]
    [InlineData("-Mount /only")]
    public void What_is_no_quantity_is_refused_before_anything_is_made(string parameter)
    {
        Assert.Equal("ParameterArgumentTransformationError", _host.Run($"New-Container base -Name refused {parameter}").ErrorId);
        Assert.Equal(2, _host.Run("Get-Container").Output.Count);
    }

    // A container is a live handle

    [SkippableFact]
    public void A_container_is_live_until_it_is_frozen_and_equal_by_its_id()
    {
        Container again = _host.Run("Get-Container web").One<Container>();
        Assert.Equal(_web, again);
        Assert.NotSame(_web, again);
        Assert.NotEqual(_web, _db);
        Container snapshot = _web.ToSnapshot();
        Assert.Empty(_host.Run("Remove-Container web").Texts);
        Assert.Equal(ContainerState.Removed, again.State);
        Assert.Equal(ContainerState.Created, snapshot.State);
        Assert.Equal("web", _host.Run("\"$($args[0])\"", _web).Texts[0]);
    }

    [SkippableFact]
    public void No_getter_throws_also_after_the_removal()
    {
        Assert.Empty(_host.Run("Remove-Container web").Texts);
        foreach (object thing in new object[] { _web, _db, _host.Run("Get-Image base").One<Image>() })
        {
            ShellResult read = _host.Run(
                "foreach ($p in $args[0].PSObject.Properties) { $null = $p.Value }; $args[0] | Format-List * | Out-String",
                thing
            );
            Assert.Single(read.Texts);
        }
    }

    [SkippableFact]
    public void No_property_of_a_container_binds_to_the_session_cmdlets() =>
        Assert.DoesNotContain("ContainerId", _host.Run("$args[0].PSObject.Properties.Name", _web).Texts);

    [SkippableFact]
    public void A_serialised_container_has_texts_for_enumerations_and_one_level_below()
    {
        PSObject revived = _host
            .Run(
                "$c = New-Container base -Name rich -MemoryMax 64m -Tmpfs /run -Label a=b; "
                    + "$s = [Management.Automation.PSSerializer]; $s::Deserialize($s::Serialize($c))"
            )
            .Output.Single();
        Assert.Equal("Deserialized.ContainerPS.Container", revived.TypeNames[0]);
        Assert.Equal(
            ["Created", "Term", "67108864", "/run", "b"],
            _host
                .Run("$c = $args[0]; $c.State, $c.StopSignal, $c.Limits.MemoryMax, $c.Mounts[0].Destination, $c.Labels['a']", revived)
                .Texts
        );
        Assert.IsType<string>(revived.Properties["State"].Value);
    }

    // Errors

    [SkippableFact]
    public void An_error_has_an_id_a_category_a_target_and_a_way_out()
    {
        ErrorRecord error = Assert.Single(_host.Run("Get-Container nobody").Errors);
        Assert.Equal("ContainerNotFound,ContainerPS.Commands.GetContainerCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Equal("nobody", error.TargetObject.ToString());
        Assert.Contains("Get-Container", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_failure_of_one_thing_does_not_end_the_others()
    {
        ShellResult result = _host.Run("Remove-Container nobody, web, nothing -PassThru | ForEach-Object Name");
        Assert.Equal(["web"], result.Output.Select(o => o.ToString()));
        Assert.All(result.Errors, error => Assert.StartsWith("ContainerNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(2, result.Errors.Count);
    }

    [SkippableTheory]
    [InlineData("New-Container base -Name other -WhatIf")]
    [InlineData("Remove-Container web -Force -WhatIf")]
    [InlineData("Remove-Image base -WhatIf")]
    [InlineData("New-Image -RootFs $args[0] -Name another -WhatIf")]
    public void WhatIf_changes_nothing(string script)
    {
        Assert.Empty(_host.Run(script, _host.RootFs).Texts);
        Assert.Equal(["db", "web"], _host.Run("Get-Container").Texts.Order(StringComparer.Ordinal));
        Assert.Equal(["base"], _host.Run("(Get-Image).Repository").Texts);
    }
}
